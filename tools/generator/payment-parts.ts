import type { PaymentAnomaly, Planter } from './anomalies';
import type { OperatingDay } from './calendar';
import { iuvOf } from './ids';
import type { Cents, Line, Notice, Organization, Person, Planted, Psp, Receipt, ReceiptShare, Transfer } from './model';
import type { Due } from './names';
import { DUES, FIRST_NAMES, LAST_NAMES, STREETS, TARI } from './names';
import { drawPsp, SHARED_SERIES } from './organizations';
import type { Rng } from './rng';

/**
 * A line and where it must stand: with its PSP's others of the day, or with the payment's own lines in a flow apart, so that
 * what is planted for the flows of the day does not blur what is planted for the payment.
 */
export interface PlacedLine {
  readonly line: Line;
  readonly psp: Psp;
  readonly flow: 'day' | 'apart' | 'apartNextDay' | 'apartUnfunded';
}

/** What one payment brings to one organization. */
export interface Share {
  readonly receipts: readonly Receipt[];
  readonly transfers: readonly Transfer[];
  readonly lines: readonly PlacedLine[];
  readonly notices: readonly Notice[];
}

/** Everything of one payment: its issuer's share, and that of a secondary beneficiary. */
export interface Payment {
  readonly own: Share;
  readonly foreign?: { readonly beneficiary: Organization; readonly share: Share };
}

export interface PaymentContext {
  readonly organization: Organization;
  /** Gets the TEFA part of its TARI notices, where there is one. */
  readonly secondary?: Organization;
  /** May issue IUVs of the shared series (the secondary receives receipts, so issuers are known). */
  readonly mayShareIuv: boolean;
  readonly planter: Planter<PaymentAnomaly>;
  readonly rng: Rng;
  nextSequence(): number;
  nextShared(): number;
}

/** What is drawn for every payment. */
export interface Base {
  readonly iuv: string;
  readonly iur: string;
  readonly iud: string;
  readonly psp: Psp;
  readonly paidAt: number;
  readonly second: number;
  readonly day: OperatingDay;
  readonly cents: Cents;
  readonly debtor: Person;
  readonly due: Due;
  readonly text: string;
}

const NEEDS_NOTICES: ReadonlySet<PaymentAnomaly> = new Set(['noticeAmountDiffers', 'noticeWithoutReceipt', 'receiptWithoutNotice']);
/** Left to bodies without notices: nothing says which of several transfers a notice means. */
const NEEDS_NO_NOTICES: ReadonlySet<PaymentAnomaly> = new Set([
  'duplicatePayment',
  'stampDuty',
  'receiptConflictHigher',
  'receiptConflictLower',
]);

/** Whether a payment of this body can carry the anomaly. */
export const canCarry = (context: PaymentContext, anomaly: PaymentAnomaly): boolean => {
  const { organization: org, secondary } = context;
  if (NEEDS_NOTICES.has(anomaly)) return org.usesNotifications;
  if (NEEDS_NO_NOTICES.has(anomaly) && org.usesNotifications) return false;
  if (anomaly === 'stampDuty') return org.receiptFormat === 'xml';
  if (anomaly === 'secondaryShare') return secondary !== undefined;
  if (anomaly === 'secondaryShareSameIuv') return secondary !== undefined && context.mayShareIuv;
  return true;
};

/** A citizen that does not exist: the place code X000 of the fiscal code is nobody's. */
const person = (rng: Rng): Person => {
  const last = rng.pick(LAST_NAMES);
  const letters = last.replace(/[^A-Za-z]/g, '').toUpperCase();
  const year = String(rng.int(30, 99));
  return {
    name: `${last} ${rng.pick(FIRST_NAMES)}`,
    fiscalCode: `${letters.slice(0, 3)}${letters.slice(2, 5)}${year}${rng.pick(['A', 'C', 'E', 'H', 'P', 'S'])}${String(rng.int(10, 28))}X000Q`,
    street: rng.pick(STREETS),
    civic: String(rng.int(1, 180)),
  };
};

export const drawBase = (context: PaymentContext, day: OperatingDay, anomaly: PaymentAnomaly | undefined): Base => {
  const { rng } = context;
  const shared = anomaly === 'secondaryShareSameIuv';
  const due = shared || anomaly === 'secondaryShare' ? TARI : rng.pick(DUES);
  const iuv = shared ? iuvOf(SHARED_SERIES, context.nextShared()) : iuvOf(context.organization.series, context.nextSequence());
  return {
    iuv,
    iur: rng.hex(32),
    iud: `${context.organization.ipa}-${iuv}-${rng.hex(8)}`,
    psp: drawPsp(rng),
    paidAt: rng.int(day.from, day.to - 1),
    second: rng.int(0, 59),
    day,
    // Squared, so that small amounts are common; at least 0.52.
    cents: due.from + Math.floor((due.to - due.from) * rng.next() ** 2),
    debtor: person(rng),
    due,
    text: `${due.text} ${iuv.slice(-8)}`,
  };
};

export const lineOf = (b: Base, plain: boolean, change: Partial<Line> = {}): Line => ({
  iuv: b.iuv,
  iur: b.iur,
  index: 1,
  cents: b.cents,
  outcome: '0',
  paidOn: Math.floor(b.paidAt / 1440),
  plain,
  ...change,
});

export const receiptOf = (b: Base, issuer: Organization, shares: readonly ReceiptShare[], change: Partial<Receipt> = {}): Receipt => ({
  iuv: b.iuv,
  iur: b.iur,
  iud: b.iud,
  issuer,
  psp: b.psp,
  paidAt: b.paidAt,
  second: b.second,
  operatingDay: b.day.day,
  outcome: 'OK',
  shares,
  debtor: b.debtor,
  due: b.due,
  text: b.text,
  ...change,
});

const noticeOf = (b: Base, cents: Cents): Notice => ({
  iuv: b.iuv,
  iud: b.iud,
  cents,
  executedOn: Math.floor(b.paidAt / 1440),
  debtor: b.debtor,
  due: b.due,
  text: b.text,
});

/** One receipt, its lines, one notice: how nearly every payment looks; the anomalies are differences from it. */
export interface Shape {
  readonly receipt?: Receipt | undefined;
  readonly moreReceipts?: readonly Receipt[];
  readonly lines?: readonly PlacedLine[];
  readonly notice?: Cents | undefined;
  readonly counted?: Cents;
  readonly excluded?: boolean;
  readonly planted?: readonly Planted[];
  readonly moreTransfers?: readonly Transfer[];
  /** Lines of the further transfers. */
  readonly moreLines?: readonly PlacedLine[];
}

export const share = (org: Organization, b: Base, shape: Shape): Share => {
  const { receipt } = shape;
  const notice = org.usesNotifications ? shape.notice : undefined;
  const lines = shape.lines ?? [];
  const transfer: Transfer = {
    iuv: b.iuv,
    iur: receipt?.iur ?? lines[0]?.line.iur ?? '',
    index: 1,
    issuer: receipt ? org.fiscalCode : '',
    lines: lines.map((placed) => placed.line),
    planted: shape.planted ?? [],
    ...(receipt ? { receipt: { cents: shape.counted ?? b.cents, excluded: shape.excluded ?? false, ko: receipt.outcome === 'KO' } } : {}),
    ...(notice === undefined ? {} : { notice }),
  };
  return {
    receipts: [...(receipt ? [receipt] : []), ...(shape.moreReceipts ?? [])],
    transfers: [transfer, ...(shape.moreTransfers ?? [])],
    lines: [...lines, ...(shape.moreLines ?? [])],
    notices: notice === undefined ? [] : [noticeOf(b, notice)],
  };
};
