import { isCreditorReference } from './creditor-reference';
import { afterBlank, beginsWord, type Squeezed } from './squeezed';

const MAX_IUV = 35;

/** IUVs of single credits, `/RFS/RFnn …` and `/RFB/<iuv>` (SACI 1.4.0 ch. 3; legacy, still met in old data and at the post). */
export const iuvsIn = (s: Squeezed): string[] => {
  const found = new Set<string>();
  for (let i = 0; i + 3 < s.text.length; i++) {
    const structured = s.upper.startsWith('RFS', i);
    if ((!structured && !s.upper.startsWith('RFB', i)) || !beginsWord(s, i)) continue;
    const from = afterMark(s, i + 3);
    if (from === undefined) continue;
    const iuv = structured ? creditorReferenceAt(s, from) : plainIuvAt(s, from);
    if (iuv !== undefined) found.add(iuv);
  }
  return [...found];
};

/** The tag must end here: by a slash or dot, or by a blank. RFSX is another word. */
const afterMark = (s: Squeezed, index: number): number | undefined => {
  if (/^[/.:]$/.test(s.text[index] ?? '')) return index + 1;
  return afterBlank(s, index) ? index : undefined;
};

/** The groups of letters and digits from `from`, as blanks part them, up to the first mark. */
const groupsAt = (s: Squeezed, from: number): { groups: string[]; closed: boolean } => {
  const groups: string[] = [];
  let to = from;
  for (; to < s.text.length && to - from <= MAX_IUV && /^[A-Z0-9]$/.test(s.upper[to]!); to++) {
    if (to === from || afterBlank(s, to)) groups.push('');
    groups[groups.length - 1] += s.upper[to]!;
  }
  return { groups, closed: s.text[to] === '/' };
};

/**
 * Printed in groups of four: a group of another length is the last. Between two slashes, as SACI writes it, the reference
 * is taken as it stands (SACI's own example has wrong check digits); read in any other way only with correct ones.
 */
const creditorReferenceAt = (s: Squeezed, from: number): string | undefined => {
  const { groups, closed } = groupsAt(s, from);
  const whole = groups.join('');
  if (closed && s.text[from - 1] === '/' && /^RF\d\d[A-Z0-9]{1,21}$/.test(whole)) return whole;
  const last = groups.findIndex((group) => group.length !== 4);
  const upToLast = groups.slice(0, last < 0 ? groups.length : last + 1).join('');
  const beforeLast = groups.slice(0, Math.max(1, last)).join('');
  return [whole, upToLast, beforeLast].find((text) => isCreditorReference(text));
};

/** 15 or 17 digits in practice; elder IUVs have up to 35 letters and digits. A wrap may part the digits. */
const plainIuvAt = (s: Squeezed, from: number): string | undefined => {
  const { groups, closed } = groupsAt(s, from);
  const [first = '', second = ''] = groups;
  if (isUsualIuv(first)) return first;
  for (const glued of [first + second, closed ? groups.join('') : '']) if (isUsualIuv(glued)) return glued;
  const text = closed ? groups.join('') : first;
  return text.length >= 10 && text.length <= MAX_IUV && /\d{6}/.test(text) ? text : undefined;
};

const isUsualIuv = (text: string): boolean => /^(?:\d{15}|\d{17})$/.test(text);
