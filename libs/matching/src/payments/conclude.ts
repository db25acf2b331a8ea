import type { Discrepancy, RecordedCredit, RecordedReport, Transfer } from '@quadra/domain';
import { assembleTransfers, effectiveLine, flowKey, recordedReport, stateOf } from '@quadra/domain';
import type { FlowStanding, PaymentFacts, PaymentRules } from './facts';
import { isFunded } from './facts';
import type { PairedLine } from './pair';
import { pairLines } from './pair';
import type { Judged } from './discrepancies';
import { discrepanciesOf } from './discrepancies';

/** What the engine says of one transfer: the target that the stream must reach. */
export interface TransferConclusion {
  readonly key: Transfer['key'];
  readonly credited?: RecordedCredit;
  readonly discrepancies: readonly Discrepancy[];
}

export interface PaymentConclusion {
  readonly reports: readonly RecordedReport[];
  readonly transfers: readonly TransferConclusion[];
}

const asReport = ({ line, key, pairedBy }: PairedLine): RecordedReport =>
  recordedReport(line, { iur: key.iur, index: key.index, pairedBy }, line.dropped);

const creditOf = (flow: FlowStanding): RecordedCredit => ({
  iuf: flow.iuf,
  creditedOn: flow.creditedOn!,
  flowCents: flow.totalCents,
  allocatedCents: flow.allocatedCents,
  credits: flow.credits,
});

/** The money came for a line that a later version dropped: what is allocated reaches the version that still held it. */
const paidForDropped = (line: PairedLine['line'], flow: FlowStanding): boolean =>
  line.dropped && flow.allocatedCents > flow.totalCents && flow.allocatedCents >= (line.heldTotalCents ?? Infinity);

const judge = (
  transfer: Transfer,
  standing: ReadonlyMap<RecordedReport, PairedLine['line']>,
  facts: PaymentFacts,
): Judged & { credited?: RecordedCredit } => {
  const flowOf = (report: RecordedReport) => facts.flows.get(flowKey(report.iuf));
  const isStanding = (r: RecordedReport) => !r.withdrawn && r.outcome !== '3';
  const funded = (r: RecordedReport) => {
    const flow = flowOf(r);
    return flow !== undefined && flow.creditedOn !== undefined && isFunded(flow);
  };
  const revoked = transfer.lines.some((r) => !r.withdrawn && r.outcome === '3');
  const current = transfer.lines.filter((r) => isStanding(r) && funded(r)).sort((a, b) => (flowKey(a.iuf) < flowKey(b.iuf) ? -1 : 1))[0];
  const anyStanding = transfer.lines.some(isStanding);
  const dropped = anyStanding
    ? undefined
    : transfer.lines.find((r) => r.withdrawn && flowOf(r) && paidForDropped(standing.get(r)!, flowOf(r)!));
  const source = revoked ? undefined : (current ?? dropped);
  const state = stateOf(transfer, source !== undefined);
  const credited = source && state === 'credited' ? creditOf(flowOf(source)!) : undefined;
  const line = effectiveLine(transfer, credited?.iuf);
  return {
    transfer,
    state,
    afterFunding: source !== undefined && source === dropped,
    ...(line && { line }),
    ...(credited && { credited }),
  };
};

/**
 * Part one of the conclusion, for the payments of one organization under one IUV: pairs receipts, lines and notices, and
 * says which transfers are credited and what does not tie. A pure function of the set of facts: order means nothing.
 */
export const concludePayment = (facts: PaymentFacts, rules: PaymentRules): PaymentConclusion => {
  const paired = pairLines(facts);
  const reports = paired.map(asReport);
  const standing = new Map(reports.map((r, i) => [r, paired[i]!.line]));
  const judged = assembleTransfers(facts, reports).map((t) => judge(t, standing, facts));
  const discrepancies = discrepanciesOf(judged, facts, rules);
  return {
    reports,
    transfers: judged.map((j, i) => ({
      key: j.transfer.key,
      ...(j.credited && { credited: j.credited }),
      discrepancies: discrepancies[i]!,
    })),
  };
};
