import type { Cents } from '@quadra/kernel';
import { decodeId } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { OrganizationSettings, PaymentEvent, PaymentLife } from '@quadra/domain';
import { DEFAULT_SETTINGS, evolvePayment, flowKey, lineKey } from '@quadra/domain';
import type { StandingLine } from '@quadra/matching';
import { standingLine } from '@quadra/matching';
import type { PaymentDoc } from './tables';

export type Pair = readonly [org: string, key: string];
export const keyOf = ([org, key]: Pair): string => `${org}|${key}`;
export const pairOf = (key: string): Pair => [key.slice(0, 11), key.slice(12)];
export const idOf = (stream: string): string => decodeId(stream.slice(stream.indexOf('_') + 1));

/** What happened to one payment in a batch. */
export interface Touch {
  readonly events: StoredEvent[];
  /** By flow key: the lines of that flow, whole; replaces what was known. */
  readonly lines: Map<string, readonly StandingLine[]>;
}

/**
 * Events that were folded before (a replay, or the lifecycle's own) are passed over by their revision. @returns undefined
 * when a revision is missing in between: the stream must be read.
 */
export const fold = (life: PaymentLife, events: readonly StoredEvent[]): PaymentLife | undefined => {
  let next = life;
  for (const e of events) {
    if (e.revision <= next.revision) continue;
    if (e.revision !== next.revision + 1) return undefined;
    next = evolvePayment(next, lean(e as unknown as PaymentEvent));
  }
  return next;
};

/** Of a receipt only what conclusions depend on is kept beside the checkpoint: the rest stands in the stream. */
const lean = (event: PaymentEvent): PaymentEvent => {
  if (event.type === 'ReceiptVoided') {
    const { paidAt: _, ...data } = event.data; // not kept either
    return { type: event.type, data };
  }
  if (event.type !== 'ReceiptReceived' && event.type !== 'ReceiptConflicted') return event;
  const { receiptId, issuer, outcome, totalCents, paidOn, psp, othersCents, iud, transfers } = event.data;
  const shares = transfers.map(({ index, amountCents, stampDuty }) => ({ index, amountCents, ...(stampDuty && { stampDuty }) }));
  const data = { receiptId, issuer, outcome, totalCents, paidOn, psp, othersCents, transfers: shares, ...(iud !== undefined && { iud }) };
  return { type: event.type, data };
};

/** One receipt, or one notice, and nothing was ever said: nothing follows from it yet. The way nearly every payment begins. */
export const isPlain = (
  { receipts, notices, reports, credited, discrepancies }: PaymentLife,
  settings: OrganizationSettings | undefined,
): boolean =>
  receipts.length + notices.length === 1 &&
  (receipts.length === 0 || !(settings ?? DEFAULT_SETTINGS).usesNotifications) &&
  reports.length + credited.length + discrepancies.length === 0;

/** What tells one conclusion from another at the same place of a stream. */
export const gist = (e: PaymentEvent): string => {
  switch (e.type) {
    case 'TransferReported':
      return `R${lineKey(e.data)}|${e.data.iur}|${e.data.index}|${e.data.amountCents}|${e.data.outcome}|${e.data.version}`;
    case 'TransferReportWithdrawn':
      return `W${lineKey(e.data)}|${e.data.version}|${e.data.because}`;
    case 'TransferCredited':
    case 'TransferCreditWithdrawn':
      return `${e.type}${e.data.iur}|${e.data.index}|${e.data.iuf}|${e.data.allocatedCents}|${e.data.flowCents}`;
    default:
      return JSON.stringify(e.data);
  }
};

/** Lines of the touched flows as they stand now, lines of other flows as they were recorded. */
export const linesOf = (doc: PaymentDoc, touched: ReadonlyMap<string, readonly StandingLine[]>): StandingLine[] => {
  const lines: StandingLine[] = [];
  for (const report of doc.life.reports) {
    if (touched.has(flowKey(report.iuf))) continue;
    lines.push(standingLine(report, report.withdrawn, doc.held?.[lineKey(report)] as Cents | undefined));
  }
  for (const own of touched.values()) lines.push(...own);
  return lines;
};

export const withLines = (doc: PaymentDoc, touched: ReadonlyMap<string, readonly StandingLine[]>): PaymentDoc => {
  const dropped = [...touched.values()].flat().filter((l) => l.heldTotalCents !== undefined);
  if (dropped.length === 0) return doc;
  return { ...doc, held: { ...doc.held, ...Object.fromEntries(dropped.map((l) => [lineKey(l), l.heldTotalCents as number])) } };
};

export const flowsIn = (docs: ReadonlyMap<string, PaymentDoc>, slice: ReadonlyMap<string, Touch>): Pair[] => {
  const pairs = new Map<string, Pair>();
  for (const [key, doc] of docs) {
    const org = key.slice(0, 11);
    for (const report of doc.life.reports) pairs.set(keyOf([org, flowKey(report.iuf)]), [org, flowKey(report.iuf)]);
    for (const flow of slice.get(key)!.lines.keys()) pairs.set(keyOf([org, flow]), [org, flow]);
  }
  return [...pairs.values()];
};
