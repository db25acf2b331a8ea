import { type Cents, type LocalDate, ZERO, sumCents, toCents } from '@quadra/kernel';
import type { ReceiptContent, ReceiptTransfer } from '@quadra/domain';
import type { IntakeRecord, ReaderContext } from '../intake';
import { FieldError, amount, date, freeText, identifier, organization, required, transferIndex } from '../fields';
import { civilDate, romeClock } from '../dates';
import { addRemittance, addSubject, type PersonalDraft } from '../personal';
import type { RawReceipt, Values } from './fields';

interface Share {
  readonly transfer: ReceiptTransfer;
  readonly beneficiary: string;
  readonly text: string | undefined;
}

const MAX_TRANSFERS = 5;

const share = (values: Values): Share => {
  const iban = freeText(values.get('IBAN'), 35);
  const category = freeText(values.get('transferCategory'), 140);
  const stamp = values.has('MBDAttachment') && iban === undefined;
  required('idTransfer', values.get('idTransfer'));
  return {
    transfer: {
      index: transferIndex('idTransfer', values.get('idTransfer')),
      amountCents: amount('transferAmount', values.get('transferAmount')),
      ...(iban !== undefined && { iban }),
      ...(stamp && { stampDuty: true as const }),
      ...(category !== undefined && { category }),
    },
    beneficiary: organization('fiscalCodePA', values.get('fiscalCodePA')),
    text: freeText(values.get('remittanceInformation')),
  };
};

const sharesOf = (raw: RawReceipt): Share[] => {
  if (raw.transfers.length === 0) throw new FieldError('transferList', 'FIELD_MISSING', 'transferList holds no transfer');
  if (raw.transfers.length > MAX_TRANSFERS)
    throw new FieldError('transferList', 'TOO_MANY_TRANSFERS', `A receipt has at most ${MAX_TRANSFERS} transfers`);
  const shares = raw.transfers.map(share).sort((a, b) => a.transfer.index - b.transfer.index);
  const twice = shares.find((s, i) => s.transfer.index === shares[i - 1]?.transfer.index);
  if (twice) throw new FieldError('idTransfer', 'TRANSFER_INDEX_REPEATED', `idTransfer ${twice.transfer.index} stands twice`);
  return shares;
};

/** The citizen's day: `paymentDateTime`, else `applicationDate`, else `transferDate` (all three optional in the schema). */
const paidOn = (header: Values): { paidOn: LocalDate; paidAt?: string } => {
  const moment = header.get('paymentDateTime')?.trim();
  if (moment) {
    const paidAt = romeClock(moment);
    if (paidAt !== undefined) return { paidOn: paidAt.slice(0, 10) as LocalDate, paidAt };
    return { paidOn: date('paymentDateTime', moment) };
  }
  for (const field of ['applicationDate', 'transferDate']) {
    if (header.get(field)?.trim()) return { paidOn: date(field, header.get(field)) };
  }
  throw new FieldError('paymentDateTime', 'DATE_MISSING', 'None of paymentDateTime, applicationDate and transferDate is there');
};

const outcome = (text: string | undefined): 'OK' | 'KO' => {
  const value = required('outcome', text);
  if (value === 'OK' || value === 'KO') return value;
  throw new FieldError('outcome', 'OUTCOME_INVALID', 'outcome is neither OK nor KO');
};

const noticeNumber = (text: string | undefined): string => {
  const value = required('noticeNumber', text);
  if (!/^\d{18}$/.test(value)) throw new FieldError('noticeNumber', 'NOTICE_NUMBER_INVALID', 'noticeNumber is not made of 18 digits');
  return value;
};

const total = (header: Values, shares: readonly Share[]): Cents => {
  const totalCents = amount('paymentAmount', header.get('paymentAmount'));
  const sum = sumCents(shares.map((s) => s.transfer.amountCents));
  if (sum !== totalCents)
    throw new FieldError('paymentAmount', 'RECEIPT_SUM_DIFFERS', `paymentAmount is ${totalCents} cents and the transfers add up to ${sum}`);
  return totalCents;
};

const personalOf = (header: Values, own: readonly Share[]): PersonalDraft => {
  const personal: PersonalDraft = {};
  addSubject(personal, 'debtor', (name) => header.get(`debtor/${SUBJECT_ELEMENTS[name]}`));
  addSubject(personal, 'payer', (name) => header.get(`payer/${SUBJECT_ELEMENTS[name]}`));
  const description = freeText(header.get('description'));
  if (description !== undefined) personal['description'] = description;
  for (const share of own) addRemittance(personal, share.transfer.index, share.text);
  return personal;
};

const SUBJECT_ELEMENTS = {
  code: 'uniqueIdentifier/entityUniqueIdentifierValue',
  name: 'fullName',
  street: 'streetName',
  number: 'civicNumber',
  postalCode: 'postalCode',
  city: 'city',
  province: 'stateProvinceRegion',
  country: 'country',
  email: 'e-mail',
} as const;

/**
 * The rules of one receipt (RT, `paSendRTV2Request`; paForNode.xsd): only the transfers of the reading organization
 * become its own, the others stand as a total.
 * @throws FieldError when a field breaks its rule, the transfers do not add up, or the receipt is of other bodies.
 */
export const receiptRecord = (raw: RawReceipt, ctx: ReaderContext): IntakeRecord => {
  const { header } = raw;
  if (raw.repeated !== undefined) throw new FieldError(raw.repeated, 'FIELD_REPEATED', `${raw.repeated} stands twice`);
  const receiptId = identifier('receiptId', header.get('receiptId'));
  const iuv = identifier('creditorReferenceId', header.get('creditorReferenceId'));
  const issuer = organization('fiscalCode', header.get('fiscalCode'));
  const shares = sharesOf(raw);
  const own = shares.filter((s) => s.beneficiary === ctx.org);
  if (own.length === 0 && issuer !== ctx.org)
    throw new FieldError('fiscalCode', 'ORGANIZATION_MISMATCH', 'The receipt is neither issued by this organization nor does it pay it');
  const totalCents = total(header, shares);
  const ownCents = own.length === 0 ? ZERO : sumCents(own.map((s) => s.transfer.amountCents));
  const pspName = freeText(header.get('PSPCompanyName'), 140);
  const transferOn = header.get('transferDate')?.trim() ? civilDate(header.get('transferDate')!.trim()) : undefined;
  const personal = personalOf(header, own);
  const content: Omit<ReceiptContent, 'personalRef'> = {
    receiptId,
    noticeNumber: noticeNumber(header.get('noticeNumber')),
    issuer,
    outcome: outcome(header.get('outcome')),
    totalCents,
    ...paidOn(header),
    ...(transferOn !== undefined && { transferOn }),
    psp: identifier('idPSP', header.get('idPSP')),
    ...(pspName !== undefined && { pspName }),
    transfers: own.map((s) => s.transfer),
    othersCents: toCents(totalCents - ownCents),
    ...(personal['debtorCode'] !== undefined && { debtorDigest: ctx.digest(personal['debtorCode']) }),
  };
  return { kind: 'receipt', line: raw.line, iuv, content, personal };
};
