import { toCents } from '@quadra/kernel';
import type { Discrepancy, RecordedReport, Transfer, TransferState } from '@quadra/domain';
import { flowKey, transferKeyText } from '@quadra/domain';
import type { FlowStanding, PaymentFacts, PaymentRules } from './facts';
import { flowTies, isFunded, linesTotal } from './facts';

/** A transfer with what the engine has concluded about it so far. */
export interface Judged {
  readonly transfer: Transfer;
  readonly state: TransferState;
  readonly line?: RecordedReport;
  /** The flow whose money covers a line that a later version dropped. */
  readonly afterFunding: boolean;
}

const KNOWN_OUTCOMES = new Set(['0', '3', '4', '8', '9']);
const CLOSED: ReadonlySet<TransferState> = new Set(['withdrawn', 'excluded', 'revoked']);
export const isEffective = (state: TransferState): boolean => !CLOSED.has(state);

const ofReceipt = ({ transfer, state, line }: Judged, rules: PaymentRules): Discrepancy[] => {
  const found: Discrepancy[] = [];
  const { receipt, share, notice } = transfer;
  if (!receipt && line && isEffective(state) && (rules.receivesSecondaryReceipts || line.lineIndex === 1))
    found.push({ code: 'RECEIPT_MISSING' });
  if (transfer.rivals > 0) found.push({ code: 'RECEIPT_CONFLICT', others: [receipt!.receiptId] });
  if (share && line && line.amountCents !== share.amountCents) {
    found.push({ code: 'LINE_AMOUNT_DIFFERS', expectedCents: share.amountCents, foundCents: line.amountCents });
  }
  if (receipt && rules.usesNotifications && !notice && isEffective(state)) found.push({ code: 'NOTICE_MISSING' });
  if (receipt && share && notice && !noticeAgrees(transfer)) {
    found.push({ code: 'NOTICE_AMOUNT_DIFFERS', expectedCents: share.amountCents, foundCents: notice.amountCents });
  }
  return found;
};

/** A notice declares one due: the share of this body, or all that its receipt brings it (fee and stamp together). */
const noticeAgrees = ({ receipt, share, notice }: Transfer): boolean =>
  notice!.amountCents === share!.amountCents ||
  notice!.amountCents === receipt!.totalCents ||
  notice!.amountCents === receipt!.transfers.reduce((sum, t) => sum + t.amountCents, 0);

const ofLine = ({ transfer, line }: Judged): Discrepancy[] => {
  if (!line) return [];
  const found: Discrepancy[] = [];
  if (line.pairedBy === 'issuer-index-amount') found.push({ code: 'IUR_DIFFERS', others: [line.lineIur] });
  if (!KNOWN_OUTCOMES.has(line.outcome)) found.push({ code: 'UNKNOWN_OUTCOME', others: [line.outcome] });
  // A line with outcome 3 takes the payment back: it is no second report of it.
  const standing = transfer.lines.filter((l) => !l.withdrawn && l.outcome !== '3');
  if (standing.length > 1) found.push({ code: 'REPORTED_TWICE', others: [...new Set(standing.map((l) => l.iuf))].sort() });
  return found;
};

const ofFlow = ({ state, line, afterFunding }: Judged, flow: FlowStanding | undefined): Discrepancy[] => {
  if (!flow || !line || !isEffective(state)) return [];
  const found: Discrepancy[] = [];
  if (afterFunding) return [{ code: 'REVISION_AFTER_FUNDING', expectedCents: flow.totalCents, foundCents: flow.allocatedCents }];
  if (!flowTies(flow)) found.push({ code: 'FLOW_TOTAL_DIFFERS', expectedCents: flow.totalCents, foundCents: linesTotal(flow) });
  if (flow.rivals.length) found.push({ code: 'FLOW_CONFLICT', others: flow.rivals });
  if (!isFunded(flow) && flow.allocatedCents > 0) {
    found.push({ code: 'FLOW_PARTLY_CREDITED', expectedCents: flow.totalCents, foundCents: flow.allocatedCents });
  }
  if (isFunded(flow) && flow.surplusCents > 0) {
    found.push({ code: 'CREDIT_OVER', expectedCents: flow.totalCents, foundCents: toCents(flow.allocatedCents + flow.surplusCents) });
  }
  return found;
};

/**
 * Whether two transfers of one index can be of one notice. Only inside one issuer; where no receipt says who issued, the amount must
 * be equal. IUVs of different issuers collide at a secondary beneficiary, whose shares are often equal: of a further transfer that a
 * body without such receipts knows from lines alone, nobody can say it.
 */
const ofOneNotice = (a: Judged, b: Judged, rules: PaymentRules): boolean => {
  const [x, y] = [a.transfer, b.transfer];
  if (x.issuer && y.issuer) return x.issuer === y.issuer;
  if (!x.issuer && !y.issuer && x.key.index > 1 && !rules.receivesSecondaryReceipts) return false;
  return amountOf(a) === amountOf(b);
};

/** Paid twice: two IURs under one notice, both effective. */
const duplicates = (judged: readonly Judged[], rules: PaymentRules): Map<string, string[]> => {
  const result = new Map<string, string[]>();
  const live = judged.filter((j) => isEffective(j.state) && (j.transfer.receipt || j.line));
  for (const a of live) {
    const others = live.filter((b) => {
      if (a === b || a.transfer.key.index !== b.transfer.key.index || a.transfer.key.iur === b.transfer.key.iur) return false;
      return ofOneNotice(a, b, rules);
    });
    if (others.length) result.set(transferKeyText(a.transfer.key), others.map((o) => o.transfer.key.iur).sort());
  }
  return result;
};

const amountOf = ({ transfer, line }: Judged): number | undefined => (transfer.share ?? line)?.amountCents;

/** The set of discrepancies of every transfer of one payment, each in the order of the codes. */
export const discrepanciesOf = (judged: readonly Judged[], facts: PaymentFacts, rules: PaymentRules): Discrepancy[][] => {
  const twice = judged.length > 1 ? duplicates(judged, rules) : new Map<string, string[]>();
  return judged.map((j) => {
    const flow = j.line && facts.flows.get(flowKey(j.line.iuf));
    const others = twice.get(transferKeyText(j.transfer.key));
    const all = [
      ...ofReceipt(j, rules),
      ...ofLine(j),
      ...ofFlow(j, flow),
      ...(others ? [{ code: 'DUPLICATE_PAYMENT', others } as const] : []),
    ];
    return all.length > 1 ? all.sort((a, b) => (a.code < b.code ? -1 : 1)) : all;
  });
};
