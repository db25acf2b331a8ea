/**
 * The generator's own pseudo-random numbers (sfc32, seeded by a hash of a text): the same seed gives the same bytes on
 * every machine. Not for secrets.
 */
export interface Rng {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [from, to], both inclusive. */
  int(from: number, to: number): number;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** True in this share of the calls. */
  chance(share: number): boolean;
  /** Lower-case hexadecimal digits, a multiple of eight of them. */
  hex(digits: number): string;
}

/** FNV-1a over the text, then mixed, once per word of the state. */
const seedWord = (text: string, salt: number): number => {
  let h = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
};

/** A stream of numbers that depends on the text only; streams of different texts are independent of each other. */
export const createRng = (seed: string): Rng => {
  let a = seedWord(seed, 1);
  let b = seedWord(seed, 2);
  let c = seedWord(seed, 3);
  let d = 1;
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  const next = (): number => word() / 0x100000000;
  return {
    next,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T,
    chance: (share) => next() < share,
    hex: (digits) => {
      let text = '';
      for (let i = 0; i < digits; i += 8) text += word().toString(16).padStart(8, '0');
      return text;
    },
  };
};
