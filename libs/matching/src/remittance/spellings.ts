import { isFlowId, isSaciShaped, MAX_FLOW_ID, startsWithDate } from './flow-id';
import { afterBlank, isIdCharacter, type Squeezed } from './squeezed';

/** One way to read an id: `plain` when nothing was mended, that is one unbroken token that nothing cuts in doubt. */
export interface Spelling {
  readonly id: string;
  readonly plain: boolean;
}

export interface Spellings {
  readonly spellings: readonly Spelling[];
  /** Where the unbroken first token ends, in the squeezed text. */
  readonly end: number;
}

const MAX_SPELLINGS = 8;

/** Words that banks write after the id, and the beginning of the next id: never glued to the one before. */
const STOP_WORDS = /^(PUR|LGPE|LGPE-.*|RIVERSAMENTO|URI|TXT|RFS|RFB|DATA|ORD|ORDINANTE|DEL|VALUTA|VAL|CRO|TRN|RIF|BENEF|IMPORTO)$/;

/** What may follow an id after a slash or another mark without being part of it: bank sub-tags such as `/ZZ4/`, `/ORD.`. */
const TAG = /^(?:[A-Z]{2}\d|TXT|PUR|ORD|URI|SEC|BEN)(?![A-Z0-9])/;

/**
 * All plausible spellings of the id that begins at `start`, best first: the token as it stands, then glued with the tokens
 * after it (a wrap may have cut it). Glued spellings must have SACI's shape, else ordinary words would become ids.
 */
export const spellingsAt = (s: Squeezed, start: number, glue: boolean): Spellings => {
  const spellings: Spelling[] = [];
  let id = '';
  let end = start;
  for (let from = start, count = 1; from < s.text.length; count++) {
    const to = tokenEnd(s, from);
    if (count > 1 && !continues(s, from, to)) break;
    id += s.text.slice(from, to);
    if (count === 1) end = to;
    if (id.length > MAX_FLOW_ID || to === from) break;
    const cut = to < s.text.length && !afterBlank(s, to);
    const doubtful = cut && isIdCharacter(s.text[to + 1]) && !afterBlank(s, to + 1) && !TAG.test(s.upper.slice(to + 1, to + 6));
    if (accepted(id, count, doubtful)) spellings.push({ id, plain: count === 1 && !doubtful && !mayContinue(s, id, to) });
    if (cut || !glue) break;
    from = to;
  }
  return { spellings: ranked(spellings).slice(0, MAX_SPELLINGS), end };
};

/** An id that a foreign mark cuts before its dash was altered by somebody: the part before the mark is not an id. */
const accepted = (id: string, tokens: number, doubtful: boolean): boolean =>
  tokens === 1 && !doubtful ? isFlowId(id) && !id.endsWith('-') : isSaciShaped(id);

/** Without SACI's dash, words that follow may be the rest of the id. */
const mayContinue = (s: Squeezed, id: string, to: number): boolean => !isSaciShaped(id) && to < s.text.length && afterBlank(s, to);

const ranked = (spellings: readonly Spelling[]): readonly Spelling[] => [
  ...spellings.filter((x) => isSaciShaped(x.id)),
  ...spellings.filter((x) => !isSaciShaped(x.id)),
];

/** The end of the unbroken run of id characters from `from`; looks no further than an id can reach. */
const tokenEnd = (s: Squeezed, from: number): number => {
  let to = from;
  while (to < s.text.length && to - from <= MAX_FLOW_ID && isIdCharacter(s.text[to]) && (to === from || !afterBlank(s, to))) to++;
  return to;
};

/** The next token may be the rest of the id: it is no stop word and no id of its own. */
const continues = (s: Squeezed, from: number, to: number): boolean =>
  !STOP_WORDS.test(s.upper.slice(from, to)) && !(startsWithDate(s.text, from) && isFlowId(s.text.slice(from, to)));
