import { type Cents, type LocalDate, type OrgId, formatEuro, parseEuro, parseOrg } from '@quadra/kernel';
import { civilDate } from './dates';

/** Why one record is refused; the document goes on. Codes are stable, messages are for people. */
export class FieldError extends Error {
  constructor(
    readonly field: string,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The highest single amount, 999,999,999.99 euro: `stImporto` of the settlement schema, `stAmount` of the receipt schema. */
export const MAX_AMOUNT_CENTS = 99_999_999_999;

/** IUV, IUR, IUF and receipt ids: `stText35` of both schemas. */
export const MAX_ID = 35;

const PLAIN = /^[\x20-\x7e]*$/;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u;
const UNPRINTABLES = new RegExp(UNPRINTABLE, 'gu');

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** @throws FieldError `FIELD_MISSING` */
export const required = (field: string, text: string | undefined): string => {
  const value = text?.trim() ?? '';
  if (value === '') throw new FieldError(field, 'FIELD_MISSING', `${field} is missing`);
  return value;
};

/** Free text for people: control and invisible characters become blanks, and the length is bounded. */
export const freeText = (text: string | undefined, max = 255): string | undefined => {
  const value = text?.trim() ?? '';
  const clean = PLAIN.test(value) ? value : value.replace(UNPRINTABLES, ' ').trim();
  return clean === '' ? undefined : clean.slice(0, max).replace(/[\ud800-\udbff]$/, '');
};

/**
 * An identifier, as written but for blanks around it.
 * @throws FieldError `FIELD_MISSING`, `ID_TOO_LONG`, `ID_INVALID` (control or invisible characters)
 */
export const identifier = (field: string, text: string | undefined, max = MAX_ID): string => {
  const value = required(field, text);
  if (value.length > max) throw new FieldError(field, 'ID_TOO_LONG', `${field} is longer than ${max} characters: ${shown(value)}`);
  if (!PLAIN.test(value) && UNPRINTABLE.test(value))
    throw new FieldError(field, 'ID_INVALID', `${field} holds control characters: ${shown(value)}`);
  return value;
};

/** @throws FieldError `FIELD_MISSING`, `FISCAL_CODE_INVALID` when it is not the fiscal code of an organization. */
export const organization = (field: string, text: string | undefined): OrgId => {
  const value = required(field, text);
  const org = parseOrg(value);
  if (org === undefined) throw new FieldError(field, 'FISCAL_CODE_INVALID', `${field} is not a fiscal code of 11 digits: ${shown(value)}`);
  return org;
};

/**
 * An amount in euro with at most two decimals, dot or comma, of any sign, up to `maxCents` in absolute value.
 * @throws FieldError `FIELD_MISSING`, `AMOUNT_INVALID`
 */
export const signedAmount = (field: string, text: string | undefined, maxCents = MAX_AMOUNT_CENTS): Cents => {
  const value = required(field, text);
  const cents = parseEuro(value);
  if (cents === undefined)
    throw new FieldError(field, 'AMOUNT_INVALID', `${field} is not an amount in euro with at most two decimals: ${shown(value)}`);
  if (Math.abs(cents) > maxCents)
    throw new FieldError(field, 'AMOUNT_INVALID', `${field} is larger than ${formatEuro(maxCents)} euro: ${shown(value)}`);
  return cents;
};

/** As `signedAmount`, not negative. @throws FieldError also `AMOUNT_NEGATIVE` */
export const amount = (field: string, text: string | undefined, maxCents = MAX_AMOUNT_CENTS): Cents => {
  const cents = signedAmount(field, text, maxCents);
  if (cents < 0) throw new FieldError(field, 'AMOUNT_NEGATIVE', `${field} is negative: ${text?.trim()}`);
  return cents;
};

/** A civil date (see `civilDate`). @throws FieldError `FIELD_MISSING`, `DATE_INVALID` */
export const date = (field: string, text: string | undefined): LocalDate => {
  const value = required(field, text);
  const day = civilDate(value);
  if (day === undefined) throw new FieldError(field, 'DATE_INVALID', `${field} is not an existing date: ${shown(value)}`);
  return day;
};

/** A whole number in bounds. @throws FieldError `FIELD_MISSING`, `NUMBER_INVALID` */
export const wholeNumber = (field: string, text: string | undefined, min: number, max: number, code = 'NUMBER_INVALID'): number => {
  const value = required(field, text);
  const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
  if (!(number >= min && number <= max))
    throw new FieldError(field, code, `${field} is not a whole number from ${min} to ${max}: ${shown(value)}`);
  return number;
};

/** `idTransfer`, `indiceDatiSingoloPagamento`: 1 to 5, and 1 when absent. @throws FieldError `TRANSFER_INDEX_INVALID` */
export const transferIndex = (field: string, text: string | undefined): number =>
  text === undefined || text.trim() === '' ? 1 : wholeNumber(field, text, 1, 5, 'TRANSFER_INDEX_INVALID');
