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
import { copyOfLine, lineKey, transferKeyText } from '@quadra/domain';
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
  const wanted = new Set<string>();
  for (const report of target.reports) {
    const key = lineKey(report);
    wanted.add(key);
    const known = life.reports[key];
    const { withdrawn } = report;
    const stands = known !== undefined && !known.withdrawn;
    if (!known || (!withdrawn && !stands) || !sameReport(known, report))
      events.push({ type: 'TransferReported', data: reportedData(report, ruleSet) });
    if (withdrawn && (stands || !known || !sameReport(known, report))) events.push(withdrawal(report, 'dropped-by-version', ruleSet));
  }
  for (const key in life.reports) {
    if (!wanted.has(key)) events.push(withdrawal(life.reports[key]!, 'flow-voided', ruleSet));
  }
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
  const key = transferKeyText(target.key);
  const known = life.credited[key];
  if (target.credited && !(known && sameCredit(known, target.credited))) {
    events.push({ type: 'TransferCredited', data: creditedData(target.key, target.credited, ruleSet) });
  }
  if (!target.credited && known) events.push(creditWithdrawal(target.key, known, ruleSet));
  const before = life.discrepancies[key];
  if ((before || target.discrepancies.length > 0) && !sameText(before ?? [], target.discrepancies)) {
    events.push({ type: 'DiscrepanciesChanged', data: { ...target.key, discrepancies: target.discrepancies, ruleSet } });
  }
  return events;
};

const creditWithdrawal = (key: TransferConclusion['key'], known: RecordedCredit, ruleSet: string): PaymentConclusionEvent => ({
  type: 'TransferCreditWithdrawn',
  data: { ...key, iuf: known.iuf, flowCents: known.flowCents, allocatedCents: known.allocatedCents, ruleSet },
});

const parseKey = (text: string): { iur: string; index: number } => {
  const bar = text.indexOf('|');
  return { index: Number(text.slice(0, bar)), iur: text.slice(bar + 1) };
};

/** Transfers that the stream tells of and the conclusion does not. */
const goneFrom = (life: PaymentLife, wanted: ReadonlySet<string>): Set<string> => {
  const gone = new Set<string>();
  for (const record of [life.credited, life.discrepancies]) for (const key in record) if (!wanted.has(key)) gone.add(key);
  return gone;
};

/** What must be appended to a payment's stream so that it says what the conclusion says; empty when it does already. */
export const diffPayment = (life: PaymentLife, target: PaymentConclusion, ruleSet: string): PaymentConclusionEvent[] => {
  const events = reportEvents(life, target, ruleSet);
  const wanted = new Set<string>();
  for (const transfer of target.transfers) {
    wanted.add(transferKeyText(transfer.key));
    events.push(...transferEvents(life, transfer, ruleSet));
  }
  for (const key of goneFrom(life, wanted)) events.push(...transferEvents(life, { key: parseKey(key), discrepancies: [] }, ruleSet));
  return events;
};
