import { sumCents, toCents } from '@quadra/kernel';
import type { Row } from '../csv';
import { FieldError, freeText } from '../fields';
import type { IntakeRecord, PersonalFields, ReaderContext } from '../intake';
import { type SubjectPart, subjectFields } from '../personal';
import { reject } from '../records';
import type { ReceiptColumn } from './layout';
import { type ReceiptHead, type ReceiptRow, beneficiaryOf, receiptRow } from './row';

const HEAD_COLUMNS: Readonly<Record<keyof ReceiptHead, string>> = {
  receiptId: 'identificativoUnivocoRiscoss',
  iuv: 'codIuv',
  issuer: 'identificativoDominio',
  outcome: 'codiceEsitoPagamento',
  totalCents: 'importoTotalePagato',
  psp: 'codiceIdentificativoUnivoco',
};

/** @throws FieldError when rows of one receipt contradict each other. */
const assertAlike = (first: ReceiptHead, other: ReceiptHead): void => {
  for (const [key, column] of Object.entries(HEAD_COLUMNS) as [keyof ReceiptHead, string][]) {
    if (first[key] !== other[key])
      throw new FieldError(column, 'ROWS_DISAGREE', `${column} differs from that of another row of the same receipt`);
  }
};

const DEBTOR: Readonly<Record<SubjectPart, ReceiptColumn>> = {
  code: 'debtorCode',
  name: 'debtorName',
  street: 'debtorStreet',
  number: 'debtorNumber',
  postalCode: 'debtorPostalCode',
  city: 'debtorCity',
  province: 'debtorProvince',
  country: 'debtorCountry',
  email: 'debtorEmail',
};
const PAYER: Readonly<Record<SubjectPart, ReceiptColumn>> = {
  code: 'payerCode',
  name: 'payerName',
  street: 'payerStreet',
  number: 'payerNumber',
  postalCode: 'payerPostalCode',
  city: 'payerCity',
  province: 'payerProvince',
  country: 'payerCountry',
  email: 'payerEmail',
};

const personalOf = (rows: readonly ReceiptRow[]): PersonalFields => {
  const { get } = rows[0]!.source;
  const fields: Record<string, string> = {
    ...subjectFields('debtor', (name) => get(DEBTOR[name])),
    ...subjectFields('payer', (name) => get(PAYER[name])),
  };
  for (const row of rows) {
    const text = freeText(row.source.get('description'), 1024);
    if (text !== undefined) fields[`remittance${row.transfer.index}`] = text;
  }
  return fields;
};

/** One receipt out of its rows. @throws FieldError */
const merge = (unsorted: readonly ReceiptRow[], ctx: ReaderContext): IntakeRecord => {
  const rows = [...unsorted].sort((a, b) => a.transfer.index - b.transfer.index);
  const { head, source } = rows[0]!;
  rows.forEach((row, i) => {
    assertAlike(head, row.head);
    if (i > 0 && row.transfer.index === rows[i - 1]!.transfer.index)
      throw new FieldError(
        'indiceDatiSingoloPagamento',
        'TRANSFER_INDEX_REPEATED',
        `indiceDatiSingoloPagamento ${row.transfer.index} stands twice`,
      );
  });
  const ownCents = sumCents(rows.map((row) => row.transfer.amountCents));
  if (ownCents > head.totalCents)
    throw new FieldError(
      'importoTotalePagato',
      'RECEIPT_SUM_DIFFERS',
      `importoTotalePagato is ${head.totalCents} cents and the rows add up to ${ownCents}`,
    );
  const { iuv, receiptId, issuer, outcome, totalCents, psp } = head;
  const pspName = freeText(source.get('pspName'), 140);
  const dueType = freeText(source.get('dueType'));
  const iud = freeText(source.get('iud'), 64);
  const personal = personalOf(rows);
  const content = {
    ...{ receiptId, issuer, outcome, totalCents, psp },
    paidOn: rows.map((row) => row.paidOn).reduce((a, b) => (b < a ? b : a)),
    ...(pspName !== undefined && { pspName }),
    transfers: rows.map((row) => row.transfer),
    othersCents: toCents(totalCents - ownCents),
    ...(dueType !== undefined && { dueType }),
    ...(iud !== undefined && { iud }),
    ...(personal['debtorCode'] !== undefined && { debtorDigest: ctx.digest(personal['debtorCode']) }),
  };
  const line = Math.min(...rows.map((row) => row.source.line));
  return { kind: 'receipt', line, iuv, content, personal, ...(rows.length > 1 && { rows: rows.length }) };
};

const foreign = (row: Row<ReceiptColumn>): IntakeRecord => ({
  kind: 'reject',
  line: row.line,
  field: row.get('beneficiary')?.trim() ? 'enteBenefCodiceIdentificativoUnivoco' : 'identificativoDominio',
  code: 'ORGANIZATION_MISMATCH',
  message: 'The row is of another organization',
});

const incomplete = (row: Row<ReceiptColumn>): IntakeRecord => ({
  kind: 'reject',
  line: row.line,
  field: '',
  code: 'RECEIPT_INCOMPLETE',
  message: 'Another row of the same receipt was refused',
});

/**
 * The records of consecutive rows that name one receipt: rows of other beneficiaries are refused one by one (their share
 * stays in the total), the others make one receipt. When one of these is refused all are, because half a receipt would
 * later conflict with the whole one.
 */
export const receiptRecords = (rows: readonly Row<ReceiptColumn>[], ctx: ReaderContext): IntakeRecord[] => {
  const own = rows.filter((row) => beneficiaryOf(row) === ctx.org);
  const records = rows.filter((row) => !own.includes(row)).map(foreign);
  if (own.length === 0) return records;
  const good: ReceiptRow[] = [];
  const bad: IntakeRecord[] = [];
  for (const row of own) {
    try {
      good.push(receiptRow(row));
    } catch (error) {
      bad.push(reject(row.line, error));
    }
  }
  if (bad.length > 0) return [...records, ...bad, ...good.map((row) => incomplete(row.source))];
  try {
    return [...records, merge(good, ctx)];
  } catch (error) {
    return [...records, ...good.map((row) => reject(row.source.line, error))];
  }
};
