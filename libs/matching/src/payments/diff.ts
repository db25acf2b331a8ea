import type {
  PaymentConclusion as PaymentConclusionEvent,
  PaymentLife,
  RecordedCredit,
  RecordedReport,
  TransferCredited,
  TransferKey,
  TransferReported,
  Unfinished,
} from '@quadra/domain';
import { copyOfLine, creditOf, foundAt, lineKey, reportOf, transferKeyText } from '@quadra/domain';
import type { PaymentConclusion, TransferConclusion } from './conclude';

/**
 * Not compared: the version that a line was read from, since one that says the same is no news for the payment; and how it
 * was paired, which the transfer itself tells.
 */
const sameReport = (a: RecordedReport, b: RecordedReport): boolean =>
  a.iur === b.iur &&
  a.index === b.index &&
  a.amountCents === b.amountCents &&
  a.outcome === b.outcome &&
  a.paidOn === b.paidOn &&
  a.regulationOn === b.regulationOn &&
  a.iuf === b.iuf &&
  a.psp === b.psp &&
  a.pspName === b.pspName;

const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const sameCredit = (a: RecordedCredit, b: RecordedCredit): boolean =>
  a.iuf === b.iuf &&
  a.creditedOn === b.creditedOn &&
  a.flowCents === b.flowCents &&
  a.allocatedCents === b.allocatedCents &&
  a.credits.length === b.credits.length &&
  a.credits.every((id, i) => id === b.credits[i]);

const reportEvents = (life: PaymentLife, target: PaymentConclusion, ruleSet: string): PaymentConclusionEvent[] => {
  const events: PaymentConclusionEvent[] = [];
  for (const report of target.reports) {
    const known = reportOf(life, report);
    const { withdrawn } = report;
    const stands = known !== undefined && !known.withdrawn;
    if (!known || (!withdrawn && !stands) || !sameReport(known, report))
      events.push({ type: 'TransferReported', data: reportedData(report, ruleSet) });
    if (withdrawn && (stands || !known || !sameReport(known, report))) events.push(withdrawal(report, 'dropped-by-version', ruleSet));
  }
  if (life.reports.length === 0) return events;
  const wanted = new Set(target.reports.map(lineKey));
  for (const known of life.reports) if (!wanted.has(lineKey(known))) events.push(withdrawal(known, 'flow-voided', ruleSet));
  return events;
};

const reportedData = (report: RecordedReport, ruleSet: string): TransferReported['data'] => {
  const data = copyOfLine(report) as Unfinished<TransferReported['data']>;
  data.iur = report.iur;
  data.index = report.index;
  data.pairedBy = report.pairedBy;
  data.ruleSet = ruleSet;
  return data;
};

const creditedData = (key: TransferKey, c: RecordedCredit, ruleSet: string): TransferCredited['data'] => ({
  iur: key.iur,
  index: key.index,
  iuf: c.iuf,
  creditedOn: c.creditedOn,
  flowCents: c.flowCents,
  allocatedCents: c.allocatedCents,
  credits: c.credits,
  ruleSet,
});

const withdrawal = (r: RecordedReport, because: 'dropped-by-version' | 'flow-voided', ruleSet: string): PaymentConclusionEvent => ({
  type: 'TransferReportWithdrawn',
  data: {
    iuf: r.iuf,
    lineIur: r.lineIur,
    lineIndex: r.lineIndex,
    ordinal: r.ordinal,
    iur: r.iur,
    index: r.index,
    because,
    version: r.version,
    ruleSet,
  },
});

const transferEvents = (life: PaymentLife, target: TransferConclusion, ruleSet: string): PaymentConclusionEvent[] => {
  const events: PaymentConclusionEvent[] = [];
  const known = creditOf(life, target.key);
  if (target.credited && !(known && sameCredit(known, target.credited))) {
    events.push({ type: 'TransferCredited', data: creditedData(target.key, target.credited, ruleSet) });
  }
  if (!target.credited && known) events.push(creditWithdrawal(target.key, known, ruleSet));
  const before = foundAt(life, target.key);
  if ((before || target.discrepancies.length > 0) && !sameText(before ?? [], target.discrepancies)) {
    events.push({ type: 'DiscrepanciesChanged', data: { ...target.key, discrepancies: target.discrepancies, ruleSet } });
  }
  return events;
};

const creditWithdrawal = (key: TransferConclusion['key'], known: RecordedCredit, ruleSet: string): PaymentConclusionEvent => ({
  type: 'TransferCreditWithdrawn',
  data: { ...key, iuf: known.iuf, flowCents: known.flowCents, allocatedCents: known.allocatedCents, ruleSet },
});

/** Transfers that the stream tells of and the conclusion does not. */
const goneFrom = (life: PaymentLife, target: PaymentConclusion): TransferKey[] => {
  const gone = new Map<string, TransferKey>();
  for (const { iur, index } of [...life.credited, ...life.discrepancies]) gone.set(transferKeyText({ iur, index }), { iur, index });
  for (const { key } of gone.size > 0 ? target.transfers : []) gone.delete(transferKeyText(key));
  return [...gone.values()];
};

/** What must be appended to a payment's stream so that it says what the conclusion says; empty when it does already. */
export const diffPayment = (life: PaymentLife, target: PaymentConclusion, ruleSet: string): PaymentConclusionEvent[] => {
  const events = reportEvents(life, target, ruleSet);
  for (const transfer of target.transfers) events.push(...transferEvents(life, transfer, ruleSet));
  for (const key of goneFrom(life, target)) events.push(...transferEvents(life, { key, discrepancies: [] }, ruleSet));
  return events;
};
