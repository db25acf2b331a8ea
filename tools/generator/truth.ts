import type { Flow, Line, Organization, Transfer } from './model';

/**
 * What an engine must conclude from the files, by the rules of docs/concepts/what-reconciled-means.md, computed from what
 * was planted and never from matching: the independent witness.
 */
export const TRUTH_HEADER = 'org;iuv;issuer;iur;transferIndex;state;discrepancies;labels;amountCents;reportedCents;iuf\n';
export const TRUTH_FLOWS_HEADER = 'org;iuf;totalCents;allocatedCents;residualCents;versions;discrepancies\n';
export const TRUTH_CREDITS_HEADER = 'org;creditId;amountCents;reversedCents;allocatedCents;residualCents;regularizedCents;state\n';

export type State = 'excluded' | 'revoked' | 'credited' | 'withdrawn' | 'provisional' | 'reported' | 'paid' | 'notified';

const funded = (flow: Flow): boolean => flow.allocatedCents >= flow.declaredCents;

/** The line that speaks for a transfer: one that stands, else one that was left out after the money had come for it. */
const countedLine = (t: Transfer): Line | undefined =>
  t.lines.find((line) => !line.dropped) ?? t.lines.find((line) => line.flow!.revisedAfterFunding);

const stateOf = (t: Transfer, line: Line | undefined): State => {
  if (t.receipt?.excluded) return 'excluded';
  if (line?.outcome === '3') return 'revoked';
  if (line && funded(line.flow!)) return 'credited';
  if (!line && t.lines.length > 0) return 'withdrawn';
  if (line && !t.receipt && ['4', '8', '9'].includes(line.outcome)) return 'provisional';
  if (line) return 'reported';
  return t.receipt ? 'paid' : 'notified';
};

/** `FLOW_*` and `CREDIT_*` that a flow lays on its transfers. */
const flowDiscrepancies = (flow: Flow): string[] => [
  ...(flow.totalDiffers ? ['FLOW_TOTAL_DIFFERS'] : []),
  ...(flow.allocatedCents > 0 && !funded(flow) ? ['FLOW_PARTLY_CREDITED'] : []),
  ...(flow.over ? ['CREDIT_OVER'] : []),
];

const discrepanciesOf = (org: Organization, t: Transfer, line: Line | undefined, state: State): string[] => {
  const found: string[] = [...t.planted];
  const settles = state !== 'withdrawn' && state !== 'excluded' && state !== 'revoked';
  if (line && settles) {
    if (!t.receipt && (org.receivesSecondaryReceipts || t.index === 1)) found.push('RECEIPT_MISSING');
    found.push(...flowDiscrepancies(line.flow!));
    if (line.dropped) found.push('REVISION_AFTER_FUNDING');
  }
  if (line && t.receipt && line.cents !== t.receipt.cents) found.push('LINE_AMOUNT_DIFFERS');
  if (org.usesNotifications && t.receipt) {
    if (t.notice === undefined && settles) found.push('NOTICE_MISSING');
    if (t.notice !== undefined && t.notice !== t.receipt.cents) found.push('NOTICE_AMOUNT_DIFFERS');
  }
  return found.sort();
};

const moneyLabels = (flow: Flow): string[] => {
  if (flow.broughtCents === 0) return ['IUF_NO_TES'];
  return flow.broughtCents === flow.declaredCents ? [] : ['IUF_TES_DIV_IMP'];
};

const labelsOf = (org: Organization, t: Transfer, line: Line | undefined): string[] => {
  // R of the table: a line in the latest version; outcome 3 counts as none.
  const reported = line && !line.dropped && line.outcome !== '3' ? line : undefined;
  // A receipt with outcome KO proves no payment: for the labels there is none.
  const receipt = t.receipt?.ko ? undefined : t.receipt?.cents;
  const notice = org.usesNotifications ? t.notice : undefined;
  const money = reported ? moneyLabels(reported.flow!) : [];
  const equal = reported !== undefined && reported.cents === receipt;
  const tied = equal && money.length === 0;
  const found: string[] = [...money];
  if (equal) found.push('RT_IUF');
  if (tied) found.push('RT_IUF_TES');
  if (equal && notice === receipt) found.push('IUD_RT_IUF');
  if (tied && notice === receipt) found.push('IUD_RT_IUF_TES');
  if (receipt !== undefined && !equal) found.push('RT_NO_IUF');
  if (org.usesNotifications && receipt !== undefined && notice === undefined) found.push('RT_NO_IUD');
  if (notice !== undefined && notice !== receipt) found.push('IUD_NO_RT');
  if (reported && receipt === undefined) found.push('IUV_NO_RT');
  if (t.planted.includes('DUPLICATE_PAYMENT') || t.planted.includes('REPORTED_TWICE')) found.push('DOPPI');
  return found.length > 0 ? found.sort() : ['UNKNOWN'];
};

export interface TruthRow {
  readonly iuv: string;
  readonly iur: string;
  readonly index: number;
  readonly state: State;
  readonly discrepancies: readonly string[];
  readonly text: string;
}

/** The row of truth.csv of one transfer. Its flow must have its credits planned. */
export const truthRow = (org: Organization, t: Transfer): TruthRow => {
  const line = countedLine(t);
  const state = stateOf(t, line);
  const discrepancies = discrepanciesOf(org, t, line, state);
  const amount = t.receipt?.cents ?? t.notice ?? t.lines[0]?.cents ?? '';
  // A withdrawn transfer still shows the line that was taken back.
  const shown = line ?? t.lines[t.lines.length - 1];
  const text =
    `${org.fiscalCode};${t.iuv};${t.issuer};${t.iur};${t.index};${state};${discrepancies.join(',')};` +
    `${labelsOf(org, t, line).join(',')};${amount};${shown?.cents ?? ''};${shown?.flow?.iuf ?? ''}\n`;
  return { iuv: t.iuv, iur: t.iur, index: t.index, state, discrepancies, text };
};

/** By IUV, IUR, index: code-unit order, the order of the file inside one organization. */
export const compareRows = (a: TruthRow, b: TruthRow): number =>
  a.iuv < b.iuv ? -1 : a.iuv > b.iuv ? 1 : a.iur < b.iur ? -1 : a.iur > b.iur ? 1 : a.index - b.index;

/** The row of truth-flows.csv: residual is what the flow still lacks. */
export const truthFlowRow = (org: Organization, flow: Flow): string => {
  const found = flowDiscrepancies(flow);
  if (found.includes('FLOW_PARTLY_CREDITED')) found.push('CREDIT_SHORT');
  if (flow.revisedAfterFunding) found.push('REVISION_AFTER_FUNDING');
  const residual = flow.neededCents - flow.allocatedCents;
  return (
    `${org.fiscalCode};${flow.iuf};${flow.declaredCents};${flow.allocatedCents};${residual};` +
    `${flow.versions.length};${found.sort().join(',')}\n`
  );
};
