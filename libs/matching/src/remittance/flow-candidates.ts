import type { RemittanceCandidate } from '@quadra/domain';
import { isSaciShaped, startsWithDate } from './flow-id';
import { spellingsAt, type Spelling } from './spellings';
import { afterBlank, beginsWord, type Squeezed } from './squeezed';

const KEYWORD = 'RIVERSAMENTO';
const PREFIX = '/PUR/LGPE-RIVERSAMENTO';
/** SACI ≤ 1.3 nothing, 1.4 a description after a blank, ≥ 2.0 the progressive, between the purpose and `/URI/`. */
const EXACT_MIDDLE = /^(?:\/TXT\/\d| [^/]*)?\/URI\/$/;
/** The remittance information of a SEPA transfer holds 140 characters: the purpose stands no further away. */
const MAX_PREFIX = 180;

interface Start {
  /** Where the id begins in the squeezed text. */
  readonly at: number;
  /** Where the word URI begins, for ids that it announces. */
  readonly uri?: number;
}

/** Every id in the text as a group of spellings. The work per position is bounded, so hostile texts cost linear time. */
export const flowCandidates = (s: Squeezed): RemittanceCandidate[] => {
  const candidates: RemittanceCandidate[] = [];
  const seen = new Set<string>();
  let keywordEnd = -1;
  for (let i = 0, group = 0; i < s.text.length; i++) {
    if (s.upper.startsWith(KEYWORD, i)) keywordEnd = i + KEYWORD.length;
    const start = startAt(s, i, keywordEnd);
    if (start === undefined) continue;
    const { spellings, end } = spellingsAt(s, start.at, start.uri !== undefined || keywordEnd >= 0);
    const read = start.uri === undefined ? spellings.filter((x) => isSaciShaped(x.id)) : spellings;
    const first = read[0]?.id.toUpperCase();
    if (first === undefined) continue;
    if (!seen.has(first)) {
      candidates.push(...candidatesOf(s, start, read, keywordEnd, group++));
      seen.add(first);
    }
    i = end - 1;
  }
  return candidates;
};

/** An id begins here, after the word URI (then even with blanks inside its date), or as a bare unbroken token. */
const startAt = (s: Squeezed, i: number, keywordEnd: number): Start | undefined => {
  if (s.upper.startsWith('URI', i) && (beginsWord(s, i) || i === keywordEnd || /[-_]/.test(s.text[i - 1] ?? ''))) {
    const at = skipMarks(s, i + 3);
    return startsWithDate(s.text, at) ? { at, uri: i } : undefined;
  }
  const first = s.text[i]!;
  if (first < '0' || first > '9' || !beginsWord(s, i) || !startsWithDate(s.text, i)) return undefined;
  for (let k = i + 1; k <= i + 10; k++) if (k >= s.text.length || afterBlank(s, k)) return undefined;
  return { at: i };
};

const skipMarks = (s: Squeezed, from: number): number => {
  let at = from;
  while (at < from + 3 && /^[-_/.:\\|,;]$/.test(s.text[at] ?? '')) at++;
  return at;
};

const candidatesOf = (
  s: Squeezed,
  start: Start,
  spellings: readonly Spelling[],
  keywordEnd: number,
  group: number,
): RemittanceCandidate[] => {
  const exact = start.uri !== undefined && isExact(s, start.at);
  const progressive = start.uri === undefined ? undefined : progressiveOf(s, keywordEnd, start.uri);
  return spellings.map(({ id, plain }) => ({
    iuf: id,
    tier: exact && plain ? ('exact' as const) : ('repaired' as const),
    ...(progressive === undefined ? {} : { progressive }),
    group,
  }));
};

const isExact = (s: Squeezed, start: number): boolean => {
  const before = s.original.slice(Math.max(0, s.at[start]! - MAX_PREFIX), s.at[start]);
  const prefix = before.lastIndexOf(PREFIX);
  return prefix >= 0 && EXACT_MIDDLE.test(before.slice(prefix + PREFIX.length));
};

/** `/TXT/<n>/` between purpose and URI; banks drop the word TXT or the slashes. */
const progressiveOf = (s: Squeezed, keywordEnd: number, uri: number): number | undefined => {
  if (keywordEnd < 0 || uri - keywordEnd > 12) return undefined;
  const match = /^[^A-Z0-9]{0,3}(?:TXT)?[^A-Z0-9]{0,3}(\d)[^A-Z0-9]{0,3}$/.exec(s.upper.slice(keywordEnd, uri));
  return match ? Number(match[1]) : undefined;
};
