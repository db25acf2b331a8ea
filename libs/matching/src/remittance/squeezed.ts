/** A remittance text without its blanks: treasurers wrap texts at fixed columns, so a blank may stand anywhere. */
export interface Squeezed {
  readonly original: string;
  readonly text: string;
  /** The same in capitals; equal in length. */
  readonly upper: string;
  /** For each character, where it stands in the original. */
  readonly at: readonly number[];
}

/** Longer texts are cut: the standard allows 140 characters, the longest known bank record about 1,500. */
export const MAX_TEXT = 4_000;

const BLANK = /[\s\u0000-\u001f\u007f\ufeff]/;

export const squeeze = (text: string): Squeezed => {
  const original = text.slice(0, MAX_TEXT);
  const at: number[] = [];
  let squeezed = '';
  for (let i = 0; i < original.length; i++) {
    if (BLANK.test(original[i]!)) continue;
    squeezed += original[i]!;
    at.push(i);
  }
  return { original, text: squeezed, upper: asciiUpper(squeezed), at };
};

/** Only a–z: `toUpperCase` changes the length of some texts (ß). */
const asciiUpper = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase());

/** A blank stood between this character and the one before it (or the text begins here). */
export const afterBlank = (s: Squeezed, index: number): boolean => index === 0 || s.at[index]! - s.at[index - 1]! > 1;

/** No letter, digit, dash or underscore goes on from the left: a word can begin here. */
export const beginsWord = (s: Squeezed, index: number): boolean => afterBlank(s, index) || !isIdCharacter(s.text[index - 1]);

export const isIdCharacter = (character: string | undefined): boolean => character !== undefined && /^[A-Za-z0-9_-]$/.test(character);
