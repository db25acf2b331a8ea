declare const orgId: unique symbol;

/** An organization (*ente creditore*): its fiscal code of 11 digits. Every id of the system carries it. */
export type OrgId = string & { readonly [orgId]: true };

export const parseOrg = (text: string): OrgId | undefined => (/^\d{11}$/.test(text) ? (text as OrgId) : undefined);

/** @throws when the text is not a fiscal code of 11 digits: for values that were validated before. */
export const toOrg = (text: string): OrgId => {
  const org = parseOrg(text);
  if (org === undefined) throw new Error(`Not a fiscal code of 11 digits: ${text}`);
  return org;
};

/** Free text inside a stream id: percent-encoded, so that `_`, `-` and `%` keep one reading. */
export const encodeId = (text: string): string =>
  PLAIN.test(text) ? text : encodeURIComponent(text).replace(/[-_!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export const decodeId = (text: string): string => (text.includes('%') ? decodeURIComponent(text) : text);

/** Nearly every id: nothing in it needs encoding. */
const PLAIN = /^[A-Za-z0-9.]*$/;

export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));

/** The organization in a stream id `<category>-<org>` or `<category>-<org>_…`. */
export const orgOf = (stream: string): OrgId => {
  const start = stream.indexOf('-') + 1;
  const end = stream.indexOf('_', start);
  return stream.slice(start, end < 0 ? undefined : end) as OrgId;
};
