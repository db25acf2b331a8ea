import type { PairedBy, ReceiptContent, ReceiptTransfer, TransferKey } from '@quadra/domain';
import { countingReceipts, lineKey } from '@quadra/domain';
import type { PaymentFacts, StandingLine } from './facts';

export interface PairedLine {
  readonly line: StandingLine;
  readonly key: TransferKey;
  readonly pairedBy: PairedBy;
}

interface Slot {
  readonly receipt: ReceiptContent;
  readonly share: ReceiptTransfer;
  taken: boolean;
}

const same = (slot: Slot, line: StandingLine): boolean =>
  slot.share.index === line.lineIndex && slot.share.amountCents === line.amountCents;

const paired = (line: StandingLine, slot: Slot, pairedBy: PairedBy): PairedLine => {
  slot.taken = true;
  return { line, key: { iur: slot.receipt.receiptId, index: slot.share.index }, pairedBy };
};

/** The receipt of the line's own IUR: its transfer of that index, else its only one of that amount (some flows carry no index). */
const byIur = (line: StandingLine, slots: readonly Slot[]): Slot | undefined => {
  const exact = slots.find((s) => s.receipt.receiptId === line.lineIur && s.share.index === line.lineIndex);
  if (exact) return exact;
  const alike = slots.filter((s) => s.receipt.receiptId === line.lineIur && s.share.amountCents === line.amountCents);
  return alike.length === 1 ? alike[0] : undefined;
};

/** Another IUR in the line than on the receipt: believed only when exactly one line and one free transfer fit each other. */
const byAmount = (lines: readonly StandingLine[], slots: readonly Slot[]): PairedLine[] =>
  lines.flatMap((line) => {
    const free = slots.filter((s) => !s.taken && same(s, line) && s.receipt.outcome === 'OK' && !s.share.stampDuty);
    const rivals = lines.filter((l) => l.lineIndex === line.lineIndex && l.amountCents === line.amountCents);
    return free.length === 1 && rivals.length === 1 ? [paired(line, free[0]!, 'issuer-index-amount')] : [];
  });

/** Attaches every line to a transfer: by IUR, else by index and amount where unique, else on its own. */
export const pairLines = (facts: Pick<PaymentFacts, 'receipts' | 'lines'>): PairedLine[] => {
  const slots: Slot[] = countingReceipts(facts).flatMap(({ receipt }) =>
    receipt.transfers.map((share) => ({ receipt, share, taken: false })),
  );
  const lines = facts.lines.length > 1 ? [...facts.lines].sort((a, b) => (lineKey(a) < lineKey(b) ? -1 : 1)) : facts.lines;
  const result: PairedLine[] = [];
  const rest: StandingLine[] = [];
  for (const line of lines) {
    const slot = byIur(line, slots);
    if (slot) result.push(paired(line, slot, 'iur'));
    else rest.push(line);
  }
  if (rest.length === 0) return result; // the way nearly every payment goes
  for (const dropped of [false, true]) {
    result.push(
      ...byAmount(
        rest.filter((l) => l.dropped === dropped),
        slots,
      ),
    );
  }
  const done = new Set(result.map((p) => p.line));
  const alone = rest.filter((l) => !done.has(l));
  return [
    ...result,
    ...alone.map((line): PairedLine => ({ line, key: { iur: line.lineIur, index: line.lineIndex }, pairedBy: 'line-only' })),
  ];
};
