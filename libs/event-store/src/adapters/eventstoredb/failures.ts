import { AppendTooLarge } from '../../port';

/** The server is not there, changes its leader, or gave no clear answer in time. Another try may work; what was asked may have happened. */
export class Unreachable extends Error {}

/** The stream is not at the expected revision. */
export class WrongRevision extends Error {}

export class StreamMissing extends Error {}

/** The server refuses: no try will change its mind. */
export class Refused extends Error {}

const REFUSED = new Set([
  'access-denied',
  'invalid-argument',
  'invalid-transaction',
  'missing-required-metadata-property',
  'stream-deleted',
  'unsupported',
]);

/** Sorts what the client throws by what there is to do about it. What it cannot place counts as an outage: nothing is known then. */
export const toFailure = (error: unknown): Error => {
  const { type, message } = error as { type?: string; message?: string };
  const text = `EventStoreDB: ${message || type || String(error)}`;
  if (error instanceof Unreachable || error instanceof TypeError) return error;
  if (type === 'wrong-expected-version') return new WrongRevision(text);
  if (type === 'stream-not-found' || type === 'no-stream') return new StreamMissing(text);
  if (type === 'maximum-append-size-exceeded') return new AppendTooLarge(`${text} (the server allows less than Quadra needs)`);
  if (type !== undefined && REFUSED.has(type)) return new Refused(text);
  return new Unreachable(text);
};
