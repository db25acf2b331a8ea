import type { Cents, LocalDate, OrgId } from '@quadra/kernel';
import { ZERO } from '@quadra/kernel';
import type { Discrepancy, NoticeContent, ReceiptContent, ReceiptTransfer, TransferKey } from './events';
import type { PaymentLife, RecordedCredit, RecordedReport } from './life';
import { countingNotices, countingReceipts, creditOf, foundAt, lineKey, transferKeyText } from './life';

export type TransferState = 'notified' | 'paid' | 'provisional' | 'reported' | 'credited' | 'revoked' | 'withdrawn' | 'excluded';
export const TRANSFER_STATES: readonly TransferState[] = [
  'notified',
  'paid',
  'provisional',
  'reported',
  'credited',
  'revoked',
  'withdrawn',
  'excluded',
];

export type ExclusionReason = 'STAMP_DUTY' | 'OTHER_BENEFICIARY' | 'RECEIPT_KO' | 'ZERO_AMOUNT';

/** The parts that speak of one transfer; `lines` are those attached to it, earliest settlement first, dropped ones included. */
export interface Transfer {
  readonly key: TransferKey;
  readonly issuer?: OrgId;
  readonly receipt?: ReceiptContent;
  readonly share?: ReceiptTransfer;
  /** Other contents that came under the same receipt id. */
  readonly rivals: number;
  readonly notice?: NoticeContent;
  readonly lines: readonly RecordedReport[];
}

const NOTICE_ONLY = 'notice:';

/** The IUR to show: a transfer that only a notice knows has none. */
export const shownIur = (key: TransferKey): string | undefined => (key.iur.startsWith(NOTICE_ONLY) ? undefined : key.iur);

const ofReceipts = (life: Pick<PaymentLife, 'receipts'>): Transfer[] =>
  countingReceipts(life).flatMap(({ receipt, rivals }) => {
    const shares = receipt.transfers.length ? receipt.transfers : [{ index: 1, amountCents: ZERO }];
    return shares.map((share) => ({
      key: { iur: receipt.receiptId, index: share.index },
      issuer: receipt.issuer,
      receipt,
      share,
      rivals,
      lines: [],
    }));
  });

const byKey = (a: Transfer, b: Transfer): number => {
  const [x, y] = [transferKeyText(a.key), transferKeyText(b.key)];
  return x < y ? -1 : x > y ? 1 : 0;
};

/** A notice belongs to the transfer whose receipt names its IUD, else to one of its amount, else to the first free one. */
const attachNotices = (transfers: readonly Transfer[], notices: readonly NoticeContent[]): Transfer[] => {
  const result = [...transfers].sort(byKey);
  const left: NoticeContent[] = [];
  const give = (notice: NoticeContent, fits: (t: Transfer) => boolean): boolean => {
    const at = result.findIndex((t) => t.notice === undefined && fits(t));
    if (at >= 0) result[at] = { ...result[at]!, notice };
    return at >= 0;
  };
  const afterIud = notices.filter((n) => !give(n, (t) => t.receipt?.iud === n.iud));
  const afterAmount = afterIud.filter((n) => !give(n, (t) => (t.share ?? t.lines[0])?.amountCents === n.amountCents));
  for (const notice of afterAmount) if (!give(notice, () => true)) left.push(notice);
  return [...result, ...left.map((notice) => ({ key: { iur: `${NOTICE_ONLY}${notice.iud}`, index: 1 }, notice, rivals: 0, lines: [] }))];
};

/** Earliest settlement first: an order over content, since a stream holds its lines in the order of their arrival. */
const byLine = (a: RecordedReport, b: RecordedReport): number => {
  const [x, y] = [`${a.regulationOn}|${lineKey(a)}`, `${b.regulationOn}|${lineKey(b)}`];
  return x < y ? -1 : x > y ? 1 : 0;
};

/** Puts the transfers of a payment together from its facts and from lines that are attached already. */
export const assembleTransfers = (life: Pick<PaymentLife, 'receipts' | 'notices'>, lines: readonly RecordedReport[]): Transfer[] => {
  const transfers = new Map<string, Transfer>();
  for (const transfer of ofReceipts(life)) transfers.set(transferKeyText(transfer.key), transfer);
  for (const line of lines.length > 1 ? [...lines].sort(byLine) : lines) {
    const key = transferKeyText(line);
    const transfer = transfers.get(key) ?? { key: { iur: line.iur, index: line.index }, rivals: 0, lines: [] };
    transfers.set(key, { ...transfer, lines: [...transfer.lines, line] });
  }
  if (life.notices.length === 0 && transfers.size === 1) return [...transfers.values()];
  return attachNotices([...transfers.values()], countingNotices(life));
};

export const exclusionOf = (transfer: Transfer): ExclusionReason | undefined => {
  if (!transfer.receipt) return undefined;
  if (transfer.receipt.outcome === 'KO') return 'RECEIPT_KO';
  if (transfer.receipt.transfers.length === 0) return 'OTHER_BENEFICIARY';
  if (transfer.share?.stampDuty) return 'STAMP_DUTY';
  return transfer.share?.amountCents === 0 ? 'ZERO_AMOUNT' : undefined;
};

const AWAITED_OUTCOMES = new Set(['4', '8', '9']);

/**
 * The line that speaks for the transfer: a revocation first, then one of the flow that brought the money, then the
 * earliest settlement that stands, then the latest that was dropped.
 */
export const effectiveLine = (transfer: Transfer, creditedBy?: string): RecordedReport | undefined => {
  if (transfer.lines.length <= 1) return transfer.lines[0];
  const { lines } = transfer;
  const standing = lines.filter((l) => !l.withdrawn);
  return standing.find((l) => l.outcome === '3') ?? lines.find((l) => l.iuf === creditedBy) ?? standing[0] ?? lines[lines.length - 1];
};

/** The state of a transfer; the first rule that holds wins (docs/concepts/what-reconciled-means.md). */
export const stateOf = (transfer: Transfer, credited: boolean): TransferState => {
  if (exclusionOf(transfer)) return 'excluded';
  const standing = transfer.lines.filter((l) => !l.withdrawn);
  if (standing.some((l) => l.outcome === '3')) return 'revoked';
  if (credited) return 'credited';
  if (standing.length === 0) return transfer.lines.length ? 'withdrawn' : transfer.receipt ? 'paid' : 'notified';
  return !transfer.receipt && standing.every((l) => AWAITED_OUTCOMES.has(l.outcome)) ? 'provisional' : 'reported';
};

/** A transfer as the stream tells it: what read models show. */
export interface TransferView extends Transfer {
  readonly state: TransferState;
  readonly line?: RecordedReport;
  readonly credited?: RecordedCredit;
  readonly discrepancies: readonly Discrepancy[];
  readonly excluded?: ExclusionReason;
  /** Receipt, else notice, else line: what is at stake, in cents. */
  readonly amountCents: Cents;
  /** The day the transfer entered the books: payment, else outcome of the line, else execution of the notice. */
  readonly enteredOn: LocalDate;
}

const NONE: readonly Discrepancy[] = [];

const viewOf = (transfer: Transfer, life: PaymentLife): TransferView => {
  const credited = creditOf(life, transfer.key);
  const line = effectiveLine(transfer, credited?.iuf);
  // Written out, absent fields as undefined: these are made by the million, and a spread of an object costs ten times as much.
  return {
    key: transfer.key,
    issuer: transfer.issuer,
    receipt: transfer.receipt,
    share: transfer.share,
    rivals: transfer.rivals,
    notice: transfer.notice,
    lines: transfer.lines,
    state: stateOf(transfer, credited !== undefined),
    line,
    credited,
    excluded: exclusionOf(transfer),
    discrepancies: foundAt(life, transfer.key) ?? NONE,
    amountCents: (transfer.share ?? transfer.notice ?? line)!.amountCents,
    enteredOn: (transfer.receipt ?? line)?.paidOn ?? transfer.notice!.executedOn,
  } as TransferView;
};

/** All transfers of a payment as its stream tells them, ordered by key. */
export const transfersOf = (life: PaymentLife): TransferView[] => assembleTransfers(life, life.reports).map((t) => viewOf(t, life));
