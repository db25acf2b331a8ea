import type { PaymentAnomaly } from './anomalies';
import type { OperatingDay } from './calendar';
import type { Cents, Organization, Receipt, ReceiptShare, Transfer } from './model';
import { drawPsp, PSPS } from './organizations';
import type { Base, Payment, PaymentContext, PlacedLine, Shape } from './payment-parts';
import { canCarry, drawBase, lineOf, receiptOf, share } from './payment-parts';

/** Price of a digital revenue stamp (*marca da bollo digitale*), in cents. */
const STAMP_CENTS = 1_600;

const ownShare = (org: Organization, b: Base): ReceiptShare => ({ index: 1, cents: b.cents, beneficiary: org, category: b.due.category });

/** Of two contents of one receipt, the one smaller as canonical JSON counts: here the first field that differs is the total. */
const countedOf = (a: Cents, b: Cents): Cents => (`${a},` < `${b},` ? a : b);

type Builder = (b: Base, context: PaymentContext) => Shape;

const placed = (b: Base, change: Partial<PlacedLine['line']> = {}, flow: PlacedLine['flow'] = 'day'): PlacedLine => ({
  line: lineOf(b, false, change),
  psp: b.psp,
  flow,
});

const receipt = (b: Base, { organization }: PaymentContext): Receipt => receiptOf(b, organization, [ownShare(organization, b)]);

const withReceipt =
  (outcome: string): Builder =>
  (b, context) => ({ receipt: receipt(b, context), notice: b.cents, lines: [placed(b, { outcome })] });

const lineOnly =
  (outcome: string, flow: PlacedLine['flow'] = 'day'): Builder =>
  (b) => ({ lines: [placed(b, { outcome }, flow)] });

const reportedTwice =
  (second: PlacedLine['flow']): Builder =>
  (b, context) => ({
    receipt: receipt(b, context),
    notice: b.cents,
    lines: [placed(b, {}, 'apart'), placed(b, {}, second)],
    planted: ['REPORTED_TWICE'],
  });

const conflict =
  (sign: 1 | -1): Builder =>
  (b, context) => {
    const other = Math.max(1, b.cents + sign * context.rng.int(1, 40));
    const { organization: org } = context;
    return {
      receipt: receipt(b, context),
      moreReceipts: [receiptOf(b, org, [{ ...ownShare(org, b), cents: other }])],
      counted: countedOf(b.cents, other),
      lines: [placed(b)],
      planted: other === b.cents ? [] : ['RECEIPT_CONFLICT'],
    };
  };

/** The same notice paid a second time through another PSP. */
const duplicate: Builder = (b, context) => {
  const { organization: org, rng } = context;
  const drawn = drawPsp(rng);
  const psp = drawn === b.psp ? PSPS[(PSPS.indexOf(drawn) + 1) % PSPS.length]! : drawn;
  const again: Base = { ...b, iur: rng.hex(32), psp, second: (b.second + 29) % 60 };
  const line = placed(again);
  const transfer: Transfer = {
    iuv: b.iuv,
    iur: again.iur,
    index: 1,
    issuer: org.fiscalCode,
    receipt: { cents: b.cents, excluded: false },
    lines: [line.line],
    planted: ['DUPLICATE_PAYMENT'],
  };
  return {
    receipt: receipt(b, context),
    moreReceipts: [receipt(again, context)],
    lines: [placed(b)],
    moreLines: [line],
    moreTransfers: [transfer],
    planted: ['DUPLICATE_PAYMENT'],
  };
};

const stampDuty: Builder = (b, { organization: org }) => ({
  receipt: receiptOf(b, org, [ownShare(org, b), { index: 2, cents: STAMP_CENTS, beneficiary: org, stamp: true, category: b.due.category }]),
  lines: [placed(b)],
  moreTransfers: [
    { iuv: b.iuv, iur: b.iur, index: 2, issuer: org.fiscalCode, receipt: { cents: STAMP_CENTS, excluded: true }, lines: [], planted: [] },
  ],
});

const plain: Builder = (b, context) => ({
  receipt: receipt(b, context),
  notice: b.cents,
  lines: [{ line: lineOf(b, true), psp: b.psp, flow: 'day' }],
});

/** How each anomaly differs from a plain payment. */
const BUILDERS: Readonly<Record<Exclude<PaymentAnomaly, 'secondaryShare' | 'secondaryShareSameIuv'>, Builder>> = {
  receiptMissing: lineOnly('0'),
  lineMissing: (b, context) => ({ receipt: receipt(b, context), notice: b.cents }),
  lineAmountDiffers: (b, context) => ({
    receipt: receipt(b, context),
    notice: b.cents,
    lines: [placed(b, { cents: b.cents + (b.cents > 100 && context.rng.chance(0.5) ? -1 : 1) * context.rng.int(1, 50) })],
  }),
  iurDiffers: (b, context) => ({
    receipt: receipt(b, context),
    notice: b.cents,
    lines: [placed(b, { iur: context.rng.hex(32) })],
    planted: ['IUR_DIFFERS'],
  }),
  duplicatePayment: duplicate,
  reportedTwiceInTwoFlows: reportedTwice('apartNextDay'),
  reportedTwiceInOneFlow: reportedTwice('apart'),
  outcome3WithReceipt: withReceipt('3'),
  outcome3WithoutReceipt: lineOnly('3'),
  outcome4WithReceipt: withReceipt('4'),
  outcome4WithoutReceipt: lineOnly('4'),
  outcome8WithReceipt: withReceipt('8'),
  outcome8WithoutReceipt: lineOnly('8'),
  outcome9WithReceipt: withReceipt('9'),
  outcome9WithoutReceipt: lineOnly('9'),
  awaitedReceiptUnfunded: (b, context) => lineOnly(context.rng.pick(['4', '8', '9']), 'apartUnfunded')(b, context),
  unknownOutcome: (b, context) => ({ ...withReceipt('7')(b, context), planted: ['UNKNOWN_OUTCOME'] }),
  stampDuty,
  receiptKo: (b, context) => ({
    receipt: receiptOf(b, context.organization, [ownShare(context.organization, b)], { outcome: 'KO' }),
    excluded: true,
  }),
  receiptConflictHigher: conflict(1),
  receiptConflictLower: conflict(-1),
  noticeAmountDiffers: (b, context) => ({ ...plain(b, context), notice: b.cents + context.rng.int(1, 500), lines: [placed(b)] }),
  noticeWithoutReceipt: (b) => ({ notice: b.cents }),
  receiptWithoutNotice: (b, context) => ({ receipt: receipt(b, context), lines: [placed(b)] }),
};

/** TARI of the Comune with the provincial part (*TEFA*, 5 %): one receipt, two transfers, two bodies. */
const withSecondary = (b: Base, context: PaymentContext, beneficiary: Organization): Payment => {
  const { organization: org } = context;
  const tefa = Math.max(1, Math.round(b.cents * 0.05));
  const whole = receiptOf(b, org, [ownShare(org, b), { index: 2, cents: tefa, beneficiary, category: '0201102IM' }]);
  const delivered = beneficiary.receivesSecondaryReceipts;
  const line = lineOf(b, delivered, { index: 2, cents: tefa });
  const transfer: Transfer = {
    iuv: b.iuv,
    iur: b.iur,
    index: 2,
    issuer: delivered ? org.fiscalCode : '',
    ...(delivered ? { receipt: { cents: tefa, excluded: false } } : {}),
    lines: [line],
    planted: [],
  };
  return {
    own: share(org, b, { receipt: whole, notice: b.cents, lines: [placed(b)] }),
    foreign: {
      beneficiary,
      share: { receipts: delivered ? [whole] : [], transfers: [transfer], lines: [{ line, psp: b.psp, flow: 'day' }], notices: [] },
    },
  };
};

/** One payment of an operating day: plain, or with the one anomaly that is due. */
export const createPayment = (context: PaymentContext, day: OperatingDay): Payment => {
  const anomaly = context.planter.next((key) => canCarry(context, key));
  const b = drawBase(context, day, anomaly);
  if (anomaly === 'secondaryShare' || anomaly === 'secondaryShareSameIuv') return withSecondary(b, context, context.secondary!);
  const build = anomaly === undefined ? plain : BUILDERS[anomaly];
  return { own: share(context.organization, b, build(b, context)) };
};
