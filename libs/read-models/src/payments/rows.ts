import type { Cents } from '@quadra/kernel';
import type { Discrepancy, OrganizationSettings, PaymentLife, TransferView } from '@quadra/domain';
import { flowKey, shownIur, transfersOf } from '@quadra/domain';
import { CUT_OFF, awaits, legacyLabels, receiptTerm, settlementTerms } from '@quadra/matching';
import type { SettlementTerms } from '@quadra/matching';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable } from '../model';
import { codeArray } from '../model';

export const TRANSFER_TABLE: ModelTable = {
  name: 'transfer',
  key: ['org', 'iuv', 'seq'],
  columns: [
    'org',
    'iuv',
    'issuer',
    'iur',
    'transfer_index',
    'state',
    'discrepancies',
    'labels',
    'amount_cents',
    'reported_cents',
    'iuf',
    'psp',
    'outcome',
    'entered_on',
    'exited_on',
    'credit_due_on',
    'flow_due_on',
    'receipt_due_on',
    'notice_cents',
    'excluded',
  ],
  hidden: `state = 'voided'`,
};

/** All columns of the table, in the order of the values of a row. */
export const TRANSFER_COLUMNS = [
  'org',
  'iuv',
  'seq',
  ...TRANSFER_TABLE.columns.slice(2),
  'flow_key',
  'iud',
  'debtor_digest',
  'lane_key',
  'born',
  'position',
];

const foundCents = (discrepancies: readonly Discrepancy[], code: Discrepancy['code']): Cents | undefined =>
  discrepancies.find((d) => d.code === code)?.foundCents;

/** What the credits that name the flow bring, as the labels compare it with the flow's total. */
const creditsOf = (t: TransferView): Cents[] => {
  const over = foundCents(t.discrepancies, 'CREDIT_OVER') ?? foundCents(t.discrepancies, 'FLOW_PARTLY_CREDITED');
  if (over !== undefined) return [over];
  return t.credited ? [t.credited.allocatedCents] : [];
};

const flowTotal = (t: TransferView): Cents | undefined => {
  const told = t.discrepancies.find((d) => d.code === 'CREDIT_OVER' || d.code === 'FLOW_PARTLY_CREDITED')?.expectedCents;
  return told ?? t.credited?.flowCents ?? t.line?.amountCents;
};

/** All labels that the facts give, those on notices included; readers leave them out for bodies without notices. */
export const transferLabels = (t: TransferView): string[] =>
  legacyLabels(
    {
      receiptCents: t.share?.amountCents,
      receiptOk: t.receipt?.outcome === 'OK',
      noticeCents: t.notice?.amountCents,
      lineCents: t.line && !t.line.withdrawn ? t.line.amountCents : undefined,
      outcome: t.line?.outcome,
      flowTotalCents: flowTotal(t),
      creditCents: creditsOf(t),
      duplicate: t.discrepancies.some((d) => d.code === 'DUPLICATE_PAYMENT' || d.code === 'REPORTED_TWICE'),
    },
    { usesNotifications: true, values: 'correct' },
  );

/**
 * The folded stream of each payment, apart from the transfers: it is four times as long as their rows, and lists and reports pass
 * over millions of these. Nothing to compare between versions: it is in the order in which the facts came.
 */
export const PAYMENT_TABLE: ModelTable = { name: 'payment', key: ['org', 'iuv'], columns: [] };

export const PAYMENT_COLUMNS = ['org', 'iuv', 'life', 'transfers', 'born', 'position'];

export type Calendar = OrganizationSettings['calendar'];

/** Terms depend on the calendar, the day and the side of the cut-off only: a few thousand answers serve millions of transfers. */
const knownTerms = new Map<string, SettlementTerms>();

const termsOf = (t: TransferView, calendar: Calendar): SettlementTerms => {
  const paidAt = t.receipt?.paidAt;
  const key = `${calendar}${paidAt ? `${paidAt.slice(0, 10)}${paidAt.slice(11) >= CUT_OFF ? '+' : '-'}` : t.enteredOn}`;
  const known = knownTerms.get(key);
  if (known) return known;
  const terms = settlementTerms(paidAt ? { paidAt } : { paidOn: t.enteredOn }, calendar);
  knownTerms.set(key, terms);
  return terms;
};

/** Money in the books leaves them when it is credited, or when it is known that it never comes. */
const exitOf = (t: TransferView): string | null => {
  if (t.state === 'credited') return laterOf(t.credited!.creditedOn, t.enteredOn);
  return t.state === 'excluded' || t.state === 'revoked' ? t.enteredOn : null;
};

const laterOf = (a: string, b: string): string => (a > b ? a : b);

const receiptDueOn = (t: TransferView, calendar: Calendar): string | undefined =>
  !t.receipt && t.line ? receiptTerm(t.line.outcome, t.line.regulationOn, calendar) : undefined;

/** All that the lane depends on, beside the day and the coverage: `state|codes|dueOn|receiptDueOn`. */
export const laneKeyOf = (t: TransferView, calendar: Calendar): string => {
  const terms = termsOf(t, calendar);
  const dueOn = awaits(t.state) === 'flow' ? terms.flowDueOn : terms.creditDueOn;
  return `${t.state}|${t.discrepancies.map((d) => d.code).join(',')}|${dueOn}|${receiptDueOn(t, calendar) ?? ''}`;
};

/** A payment as its stream tells it, with the positions of the first and the last event folded in. */
export interface PlacedPayment {
  readonly life: PaymentLife;
  readonly born: bigint;
  readonly position: bigint;
}

const placeOf = ({ born, position }: PlacedPayment): UpsertValue[] => [String(born), String(position)];

const row = (org: string, iuv: string, seq: number, t: TransferView, payment: PlacedPayment, calendar: Calendar): UpsertValue[] => {
  const terms = termsOf(t, calendar);
  return [
    org,
    iuv,
    seq,
    t.issuer ?? null,
    shownIur(t.key) ?? null,
    t.key.index,
    t.state,
    codeArray(t.discrepancies.map((d) => d.code)),
    codeArray(transferLabels(t)),
    t.amountCents,
    t.line?.amountCents ?? null,
    t.line?.iuf ?? null,
    t.line?.psp ?? t.receipt?.psp ?? null,
    t.line?.outcome ?? null,
    t.enteredOn,
    exitOf(t),
    terms.creditDueOn,
    terms.flowDueOn,
    receiptDueOn(t, calendar) ?? null,
    t.notice?.amountCents ?? null,
    t.excluded ?? null,
    t.line ? flowKey(t.line.iuf) : null,
    t.notice?.iud ?? t.receipt?.iud ?? null,
    t.receipt?.debtorDigest ?? t.notice?.debtorDigest ?? null,
    laneKeyOf(t, calendar),
    ...placeOf(payment),
  ];
};

const NO_DAY = '1900-01-01';

/** Of a payment of which every fact was taken back one row stays, hidden: what its stream said is not forgotten. */
const hiddenRow = (org: string, iuv: string, payment: PlacedPayment): UpsertValue[] => {
  const values: Readonly<Record<string, UpsertValue>> = {
    ...{ org, iuv, seq: 0, transfer_index: 0, state: 'voided', discrepancies: '{}', labels: '{}', amount_cents: 0, lane_key: '' },
    ...{ entered_on: NO_DAY, credit_due_on: NO_DAY, flow_due_on: NO_DAY },
  };
  return [...TRANSFER_COLUMNS.slice(0, -2).map((column) => values[column] ?? null), ...placeOf(payment)];
};

/** @param transfers how many rows the payment has among the transfers. */
export const paymentRow = (org: string, iuv: string, payment: PlacedPayment, transfers: number): UpsertValue[] => [
  org,
  iuv,
  JSON.stringify(payment.life),
  transfers,
  ...placeOf(payment),
];

/** Rows of a payment: one per transfer, which a caller may have put together already. */
export const transferRows = (
  org: string,
  iuv: string,
  payment: PlacedPayment,
  calendar: Calendar,
  transfers: readonly TransferView[] = transfersOf(payment.life),
): UpsertValue[][] => {
  const rows = transfers.map((t, seq) => row(org, iuv, seq, t, payment, calendar));
  return rows.length > 0 ? rows : [hiddenRow(org, iuv, payment)];
};
