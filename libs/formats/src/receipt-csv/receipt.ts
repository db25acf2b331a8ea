import type { ReceiptContent } from '@quadra/domain';
import { sumCents, toCents } from '@quadra/kernel';
import type { Row } from '../csv';
import { FieldError, freeText } from '../fields';
import type { IntakeRecord, ReaderContext } from '../intake';
import { addRemittance, addSubject, type PersonalDraft, type SubjectPart } from '../personal';
import { reject } from '../records';
import type { ReceiptColumn } from './layout';
import { type ReceiptHead, type ReceiptRow, beneficiaryOf, receiptRow } from './row';

const HEAD_COLUMNS: readonly (readonly [keyof ReceiptHead, string])[] = Object.entries({
  receiptId: 'identificativoUnivocoRiscoss',
  iuv: 'codIuv',
  issuer: 'identificativoDominio',
  outcome: 'codiceEsitoPagamento',
  totalCents: 'importoTotalePagato',
  psp: 'codiceIdentificativoUnivoco',
} satisfies Record<keyof ReceiptHead, string>) as [keyof ReceiptHead, string][];

/** @throws FieldError when rows of one receipt contradict each other. */
const assertAlike = (first: ReceiptHead, other: ReceiptHead): void => {
  for (const [key, column] of HEAD_COLUMNS) {
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

/** Objects are filled field by field: spreading optional parts costs more here than all of the scanning. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };
type Content = Draft<Omit<ReceiptContent, 'personalRef'>>;

/** @throws FieldError when rows of one receipt contradict each other; rows stand in the order of their index. */
const assertOne = (rows: readonly ReceiptRow[]): void => {
  for (let i = 1; i < rows.length; i++) {
    const { index } = rows[i]!.transfer;
    assertAlike(rows[0]!.head, rows[i]!.head);
    if (index === rows[i - 1]!.transfer.index)
      throw new FieldError('indiceDatiSingoloPagamento', 'TRANSFER_INDEX_REPEATED', `indiceDatiSingoloPagamento ${index} stands twice`);
  }
};

const contentOf = (rows: readonly ReceiptRow[], ownCents: number): Content => {
  const { head, source, paidOn } = rows[0]!;
  const content: Content = {
    receiptId: head.receiptId,
    issuer: head.issuer,
    outcome: head.outcome,
    totalCents: head.totalCents,
    paidOn: rows.reduce((first, row) => (row.paidOn < first ? row.paidOn : first), paidOn),
    psp: head.psp,
    transfers: rows.map((row) => row.transfer),
    othersCents: toCents(head.totalCents - ownCents),
  };
  const pspName = freeText(source.get('pspName'), 140);
  const dueType = freeText(source.get('dueType'));
  const iud = freeText(source.get('iud'), 64);
  if (pspName !== undefined) content.pspName = pspName;
  if (dueType !== undefined) content.dueType = dueType;
  if (iud !== undefined) content.iud = iud;
  return content;
};

/** One receipt out of its rows. @throws FieldError */
const merge = (unsorted: readonly ReceiptRow[], ctx: ReaderContext): IntakeRecord => {
  const rows = unsorted.length === 1 ? unsorted : [...unsorted].sort((a, b) => a.transfer.index - b.transfer.index);
  assertOne(rows);
  const { head, source } = rows[0]!;
  const ownCents = sumCents(rows.map((row) => row.transfer.amountCents));
  if (ownCents > head.totalCents) {
    const message = `importoTotalePagato is ${head.totalCents} cents and the rows add up to ${ownCents}`;
    throw new FieldError('importoTotalePagato', 'RECEIPT_SUM_DIFFERS', message);
  }
  const content = contentOf(rows, ownCents);
  const personal: PersonalDraft = {};
  const debtor = addSubject(personal, 'debtor', (name) => source.get(DEBTOR[name]));
  addSubject(personal, 'payer', (name) => source.get(PAYER[name]));
  for (const row of rows) addRemittance(personal, row.transfer.index, row.source.get('description'));
  if (debtor !== undefined) content.debtorDigest = ctx.digest(debtor);
  if (rows.length === 1) return { kind: 'receipt', line: source.line, iuv: head.iuv, content, personal };
  const line = Math.min(...rows.map((row) => row.source.line));
  return { kind: 'receipt', line, iuv: head.iuv, content, personal, rows: rows.length };
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
  const records = own.length === rows.length ? [] : rows.filter((row) => !own.includes(row)).map(foreign);
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
