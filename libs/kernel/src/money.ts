declare const cents: unique symbol;

/** An amount of money: a whole number of euro cents, exact up to 2^53 (all Italian public payments of a decade fit). */
export type Cents = number & { readonly [cents]: true };

/** @throws when the number is not a safe integer: a float never becomes money. */
export const toCents = (value: number): Cents => {
  if (!Number.isSafeInteger(value)) throw new Error(`Not a whole number of cents: ${value}`);
  return value as Cents;
};

export const ZERO = 0 as Cents;

export const addCents = (a: Cents, b: Cents): Cents => toCents(a + b);

export const sumCents = (values: Iterable<Cents>): Cents => {
  let total = 0;
  for (const value of values) total += value;
  return toCents(total);
};

const EURO = /^([+-]?)(\d{1,13})(?:[.,](\d{1,2}))?$/;

/**
 * Reads an amount in euro (`1234.50`, `1234,5`, `-3`) into cents by moving the separator, never through a float.
 * Thousands separators and more than two decimals are refused. @returns undefined when the text is not an amount.
 */
export const parseEuro = (text: string): Cents | undefined => {
  const match = EURO.exec(text.trim());
  if (!match) return undefined;
  const value = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));
  return toCents(match[1] === '-' && value !== 0 ? -value : value);
};

/** Euro with two decimals and a dot (`-1234.50`), for files and machines. */
export const formatEuro = (value: number): string => {
  const digits = Math.abs(value).toString().padStart(3, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
