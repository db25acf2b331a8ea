import type { Cents, LocalDate, OrgId } from '@quadra/kernel';
import type { ReceiptTransfer } from '@quadra/domain';
import type { Row } from '../csv';
import { FieldError, amount, date, freeText, identifier, organization, required, transferIndex } from '../fields';
import type { ReceiptColumn } from './layout';

/** What all rows of one receipt must say alike. */
export interface ReceiptHead {
  readonly receiptId: string;
  readonly iuv: string;
  readonly issuer: OrgId;
  readonly outcome: 'OK' | 'KO';
  readonly totalCents: Cents;
  readonly psp: string;
}

/** A row after its rules: one transfer of one receipt. */
export interface ReceiptRow {
  readonly head: ReceiptHead;
  readonly transfer: ReceiptTransfer;
  readonly paidOn: LocalDate;
  readonly source: Row<ReceiptColumn>;
}

/** What systems write where there is no context code (*codice contesto pagamento*). */
const NO_CONTEXT = 'n/a';

/** The receipt id: the IUR, else the context code, else the id of the receipt message. @throws FieldError */
export const receiptIdOf = (get: Row<ReceiptColumn>['get']): string => {
  const iur = get('iur')?.trim();
  if (iur) return identifier('identificativoUnivocoRiscoss', iur);
  const context = get('context')?.trim();
  if (context && context.toLowerCase() !== NO_CONTEXT) return identifier('codiceContestoPagamento', context);
  return identifier('identificativoMessaggioRicevuta', get('messageId'));
};

/** Groups rows before their rules are looked at: equal for rows that belong to one receipt. */
export const groupKey = ({ get }: Row<ReceiptColumn>): string =>
  [get('iur') || get('context'), get('messageId'), get('iuv'), get('issuer') || get('domain')].map((part) => part?.trim() ?? '').join('\t');

const iuvOf = (get: Row<ReceiptColumn>['get']): string => {
  const iuv = identifier('codIuv', get('iuv'));
  const other = get('rtIuv')?.trim();
  if (other && other !== iuv)
    throw new FieldError('identificativoUnivocoVersamento', 'IUV_DIFFERS', 'codIuv and identificativoUnivocoVersamento differ');
  return iuv;
};

/** `codiceEsitoPagamento`: 1 is a payment that was not made; 0 and the partial outcomes are payments. */
const outcomeOf = (text: string | undefined): 'OK' | 'KO' => {
  const value = required('codiceEsitoPagamento', text);
  if (!/^\d$/.test(value)) throw new FieldError('codiceEsitoPagamento', 'OUTCOME_INVALID', 'codiceEsitoPagamento is not one digit');
  return value === '1' ? 'KO' : 'OK';
};

/** Stamp duty comes as an attachment of type BD (*bollo digitale*). */
const STAMP_DUTY = 'BD';

const transferOf = (get: Row<ReceiptColumn>['get']): ReceiptTransfer => {
  const category = freeText(get('category'), 140) ?? freeText(get('taxonomy'), 140);
  const single = get('amount')?.trim();
  return {
    index: transferIndex('indiceDatiSingoloPagamento', get('index')),
    amountCents: single ? amount('singoloImportoPagato', single) : amount('importoTotalePagato', get('total')),
    ...(get('attachment')?.trim() === STAMP_DUTY && { stampDuty: true as const }),
    ...(category !== undefined && { category }),
  };
};

/** The beneficiary of a row: `enteBenefCodiceIdentificativoUnivoco`, else the domain. */
export const beneficiaryOf = ({ get }: Row<ReceiptColumn>): string => get('beneficiary')?.trim() || (get('domain')?.trim() ?? '');

/**
 * The rules of one row (domain: the receipt export of the regional platforms).
 * The issuer is `cod_fiscale_pa1` where the version has it, else `identificativoDominio`.
 * @throws FieldError
 */
export const receiptRow = (source: Row<ReceiptColumn>): ReceiptRow => {
  const { get } = source;
  const domain = organization('identificativoDominio', get('domain'));
  const issuer = get('issuer')?.trim() ? organization('cod_fiscale_pa1', get('issuer')) : domain;
  const day = get('paidOn')?.trim();
  return {
    head: {
      receiptId: receiptIdOf(get),
      iuv: iuvOf(get),
      issuer,
      outcome: outcomeOf(get('outcome')),
      totalCents: amount('importoTotalePagato', get('total')),
      psp: identifier('codiceIdentificativoUnivoco', get('psp')),
    },
    transfer: transferOf(get),
    paidOn: day ? date('dataEsitoSingoloPagamento', day) : date('dataOraMessaggioRicevuta', get('messageAt')),
    source,
  };
};
