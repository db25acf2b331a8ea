import type { Cents } from '../model';

/** Euro with two decimals and a dot, by moving the separator: never through a float. */
export const euro = (cents: Cents): string => {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

const SPECIAL = /[&<>"']/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

export const xml = (text: string): string => text.replace(SPECIAL, (char) => ENTITIES[char]!);

/** A CSV field of a `;` file, quoted only where it must be. */
export const csv = (text: string): string => (/[;"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
