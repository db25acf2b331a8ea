import type { PaymentConclusion as PaymentConclusionEvent, PaymentLife, RecordedCredit, RecordedReport } from '@quadra/domain';
import { lineKey, transferKeyText } from '@quadra/domain';
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

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const reportEvents = (life: PaymentLife, target: PaymentConclusion, ruleSet: string): PaymentConclusionEvent[] => {
  const events: PaymentConclusionEvent[] = [];
  const wanted = new Set<string>();
  for (const report of target.reports) {
    wanted.add(lineKey(report));
    const known = life.reports[lineKey(report)];
    const { withdrawn, ...data } = report;
    const stands = known !== undefined && !known.withdrawn;
    if (!known || (!withdrawn && !stands) || !sameReport(known, report))
      events.push({ type: 'TransferReported', data: { ...data, ruleSet } });
    if (withdrawn && (stands || !known || !sameReport(known, report))) events.push(withdrawal(report, 'dropped-by-version', ruleSet));
  }
  for (const [key, known] of Object.entries(life.reports)) {
    if (!wanted.has(key)) events.push(withdrawal(known, 'flow-voided', ruleSet));
  }
  return events;
};

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
  if (target.credited && !same(known, target.credited)) {
    events.push({ type: 'TransferCredited', data: { ...target.key, ...target.credited, ruleSet } });
  }
  if (!target.credited && known) events.push(creditWithdrawal(target.key, known, ruleSet));
  const before = life.discrepancies[key];
  if ((before || target.discrepancies.length > 0) && !same(before ?? [], target.discrepancies)) {
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

/** What must be appended to a payment's stream so that it says what the conclusion says; empty when it does already. */
export const diffPayment = (life: PaymentLife, target: PaymentConclusion, ruleSet: string): PaymentConclusionEvent[] => {
  const events = reportEvents(life, target, ruleSet);
  const wanted = new Set<string>();
  for (const transfer of target.transfers) {
    wanted.add(transferKeyText(transfer.key));
    events.push(...transferEvents(life, transfer, ruleSet));
  }
  const gone = new Set([...Object.keys(life.credited), ...Object.keys(life.discrepancies)].filter((key) => !wanted.has(key)));
  for (const key of gone) events.push(...transferEvents(life, { key: parseKey(key), discrepancies: [] }, ruleSet));
  return events;
};
