import type { Cents } from '@quadra/kernel';
import { FieldError, identifier, signedAmount } from '../fields';

/** `totalDigits` 15 with two decimals, in all versions of the schema. */
const MAX_JOURNAL_CENTS = 999_999_999_999_999;

/** @throws FieldError `FIELD_MISSING`, `AMOUNT_INVALID` */
export const journalAmount = (field: string, text: string | undefined): Cents => signedAmount(field, text, MAX_JOURNAL_CENTS);

/** Money that moves or is covered: the operation says which way, never a sign. @throws FieldError also `AMOUNT_NOT_POSITIVE` */
export const positiveAmount = (field: string, text: string | undefined): Cents => {
  const cents = journalAmount(field, text);
  if (cents <= 0) throw new FieldError(field, 'AMOUNT_NOT_POSITIVE', `${field} is not above zero: ${text?.trim()}`);
  return cents;
};

/** Absent, empty, or only zeros, which treasurers write for "none". */
export const isNone = (text: string | undefined): boolean => text === undefined || /^\s*0*\s*$/.test(text);

/** A document number, as written: leading zeros are kept. @throws FieldError `FIELD_MISSING` (also for zeros), `NUMBER_INVALID` */
export const documentNumber = (field: string, text: string | undefined): string => {
  if (isNone(text)) throw new FieldError(field, 'FIELD_MISSING', `${field} is missing`);
  const value = text!.trim();
  if (!/^\d{1,18}$/.test(value)) throw new FieldError(field, 'NUMBER_INVALID', `${field} is not a number of at most 18 digits`);
  return value;
};

/** An optional identifier; blank is none. @throws FieldError `ID_TOO_LONG`, `ID_INVALID` */
export const optionalId = (field: string, text: string | undefined, max: number): string | undefined =>
  text === undefined || text.trim() === '' ? undefined : identifier(field, text, max);
