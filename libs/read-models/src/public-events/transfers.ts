import type { PublicEventData } from '@quadra/event-feed';
import type { Discrepancy, DiscrepancyCode, TransferState, TransferView } from '@quadra/domain';
import { shownIur, transferKeyText } from '@quadra/domain';
import type { About, Cause, Draft } from './draft';
import { draft, subjectOf } from './draft';
import { dueOnOf } from './due';

/** Whom to ask first about a discrepancy. */
const PARTY: Readonly<Record<DiscrepancyCode, PublicEventData<'it.quadra.transfer.discrepancy-opened.v1'>['causeParty']>> = {
  RECEIPT_MISSING: 'pagopa',
  LINE_AMOUNT_DIFFERS: 'psp',
  IUR_DIFFERS: 'psp',
  NOTICE_MISSING: 'body',
  NOTICE_AMOUNT_DIFFERS: 'body',
  FLOW_TOTAL_DIFFERS: 'psp',
  FLOW_PARTLY_CREDITED: 'psp',
  CREDIT_SHORT: 'psp',
  CREDIT_OVER: 'psp',
  DUPLICATE_PAYMENT: 'body',
  REPORTED_TWICE: 'psp',
  RECEIPT_CONFLICT: 'pagopa',
  FLOW_CONFLICT: 'psp',
  REVISION_AFTER_FUNDING: 'psp',
  WRONG_ACCOUNT: 'body',
  CREDIT_REJECTED: 'treasurer',
  REGULARIZATION_LATE: 'body',
  MATCH_BROKEN: 'body',
  UNKNOWN_OUTCOME: 'psp',
};

/** The way that a payment goes; whatever is not a step forward takes something back. */
const STEP: Readonly<Record<TransferState, number>> = {
  notified: 1,
  provisional: 2,
  paid: 2,
  reported: 3,
  credited: 4,
  revoked: 0,
  withdrawn: 0,
  excluded: 0,
};

const takesBack = (from: TransferState | undefined, to: TransferState | undefined): boolean =>
  from !== undefined && (to === undefined || STEP[to] < STEP[from]);

/** All that may have changed about the transfers of one payment by one event. */
export interface PaymentStep {
  readonly org: string;
  readonly iuv: string;
  readonly cause: Cause;
  readonly before: readonly TransferView[];
  readonly after: readonly TransferView[];
}

const iurOf = (t: TransferView): string | null => shownIur(t.key) ?? null;

const about = ({ org, iuv, cause }: PaymentStep, { key }: TransferView): About => ({
  org,
  subject: subjectOf(org, 'payments', iuv, key.iur, String(key.index)),
  cause,
});

const isPaid = (t: TransferView | undefined): boolean => t?.receipt !== undefined && t.excluded === undefined;

/* The data are written out: an object that begins with a spread costs ten times as much, and these are made by the million. */
const received = (step: PaymentStep, t: TransferView, provisional: boolean): Draft =>
  draft(about(step, t), 'it.quadra.payment.received.v1', {
    org: step.org,
    issuer: t.issuer,
    iuv: step.iuv,
    iur: iurOf(t),
    transferIndex: t.key.index,
    nav: t.receipt?.noticeNumber,
    state: t.state,
    amountCents: t.amountCents,
    paidOn: t.enteredOn,
    paidAt: t.receipt?.paidAt,
    psp: t.receipt?.psp ?? t.line?.psp,
    dueType: t.receipt?.dueType ?? t.notice?.dueType,
    taxonomy: t.share?.category,
    iban: t.share?.iban,
    provisional,
  });

const evidenceOf = (t: TransferView): string[] => [
  ...(t.line ? [`flow:${t.line.iuf}`] : []),
  ...(t.credited?.credits.map((id) => `credit:${id}`) ?? []),
];

const stateChanged = (step: PaymentStep, before: TransferView | undefined, after: TransferView | undefined): Draft => {
  const t = (after ?? before)!;
  return draft(
    about(step, t),
    'it.quadra.transfer.state-changed.v1',
    {
      org: step.org,
      issuer: t.issuer,
      iuv: step.iuv,
      iur: iurOf(t),
      transferIndex: t.key.index,
      from: before?.state ?? null,
      to: after?.state ?? null,
      discrepancies: after?.discrepancies.map((d) => d.code) ?? [],
      amountCents: t.amountCents,
      reportedCents: t.line?.amountCents,
      creditedCents: after?.credited && after.state === 'credited' ? (after.line ?? after).amountCents : 0,
      iuf: t.line?.iuf,
      dueOn: dueOnOf(t),
      reasonCode: step.cause.type,
      evidence: after ? evidenceOf(after) : [],
    },
    takesBack(before?.state, after?.state),
  );
};

const discrepancyData = (step: PaymentStep, t: TransferView, d: Discrepancy) => ({
  org: step.org,
  issuer: t.issuer,
  iuv: step.iuv,
  iur: iurOf(t),
  transferIndex: t.key.index,
  code: d.code,
  expectedCents: d.expectedCents,
  foundCents: d.foundCents,
  others: d.others,
  causeParty: PARTY[d.code],
});

const sameDiscrepancy = (a: Discrepancy, b: Discrepancy): boolean =>
  a.expectedCents === b.expectedCents && a.foundCents === b.foundCents && JSON.stringify(a.others) === JSON.stringify(b.others);

const discrepancies = (step: PaymentStep, before: TransferView | undefined, after: TransferView | undefined): Draft[] => {
  const [old, now] = [before?.discrepancies ?? [], after?.discrepancies ?? []];
  if (old === now || (old.length === 0 && now.length === 0)) return [];
  const t = (after ?? before)!;
  const drafts: Draft[] = [];
  for (const d of now) {
    const known = old.find((o) => o.code === d.code);
    if (known && sameDiscrepancy(known, d)) continue;
    const data = { ...discrepancyData(step, t, d), since: step.cause.recordedAt };
    drafts.push(draft(about(step, t), 'it.quadra.transfer.discrepancy-opened.v1', data, known !== undefined));
  }
  for (const d of old) {
    if (now.some((n) => n.code === d.code)) continue;
    const data = { ...discrepancyData(step, t, d), closedAt: step.cause.recordedAt };
    drafts.push(draft(about(step, t), 'it.quadra.transfer.discrepancy-closed.v1', data));
  }
  return drafts;
};

const ofTransfer = (step: PaymentStep, before: TransferView | undefined, after: TransferView | undefined): Draft[] => {
  const drafts: Draft[] = [];
  const newlyPaid = after !== undefined && isPaid(after) && !isPaid(before);
  const announced = newlyPaid || (before === undefined && after?.state === 'provisional');
  if (announced) drafts.push(received(step, after, !newlyPaid));
  // An announcement of something new says its state itself.
  if (before?.state !== after?.state && !(announced && before === undefined)) drafts.push(stateChanged(step, before, after));
  drafts.push(...discrepancies(step, before, after));
  return drafts;
};

const DUPLICATES = ['DUPLICATE_PAYMENT', 'REPORTED_TWICE'] as const;

const concerned = (views: readonly TransferView[], kind: (typeof DUPLICATES)[number]): TransferView[] =>
  views.filter((t) => t.discrepancies.some((d) => d.code === kind));

const duplicates = (step: PaymentStep): Draft[] => {
  if (step.after.every((t) => t.discrepancies.length === 0)) return [];
  const { org, iuv, cause } = step;
  return DUPLICATES.flatMap((kind) => {
    const now = concerned(step.after, kind);
    if (now.length <= concerned(step.before, kind).length) return [];
    const transfers = now.map((t) => ({ iur: iurOf(t), transferIndex: t.key.index, amountCents: t.amountCents }));
    return [draft({ org, subject: subjectOf(org, 'payments', iuv), cause }, 'it.quadra.duplicate.found.v1', { org, iuv, kind, transfers })];
  });
};

/** What the public is told about one event in the life of a payment: each transfer before and after it, compared. */
export const paymentDrafts = (step: PaymentStep): Draft[] => {
  const [before, after] = [step.before, step.after];
  if (before.length === 1 && after.length === 1 && transferKeyText(before[0]!.key) === transferKeyText(after[0]!.key))
    return ofTransfer(step, before[0], after[0]).concat(duplicates(step));
  const old = new Map(before.map((t) => [transferKeyText(t.key), t]));
  const drafts: Draft[] = [];
  for (const t of after) {
    const key = transferKeyText(t.key);
    drafts.push(...ofTransfer(step, old.get(key), t));
    old.delete(key);
  }
  for (const gone of old.values()) drafts.push(...ofTransfer(step, gone, undefined));
  return [...drafts, ...duplicates(step)];
};
