import { never } from '@quadra/kernel';
import type { Decider } from '@quadra/kernel';
import type { NoticeContent, PaymentEvent, PaymentFact, ReceiptContent } from './events';
import { noticeFingerprint, receiptFingerprint } from './content';
import type { PaymentLife } from './life';
import { UNBORN, evolvePayment } from './life';

export type PaymentCommand =
  { readonly type: 'TakeInReceipt'; readonly content: ReceiptContent } | { readonly type: 'TakeInNotice'; readonly content: NoticeContent };

/** Another format of a known receipt that holds what the poorer one lacks: the hour of payment, or the IUD. */
const tellsMore = (content: ReceiptContent, known: readonly ReceiptContent[]): boolean =>
  (content.paidAt !== undefined && known.every((r) => r.paidAt === undefined)) ||
  (content.iud !== undefined && known.every((r) => r.iud === undefined));

const takeInReceipt = (content: ReceiptContent, life: PaymentLife): PaymentFact[] => {
  const known = life.receipts.filter((r) => r.receiptId === content.receiptId);
  if (known.length === 0) return [{ type: 'ReceiptReceived', data: content }];
  const fingerprint = receiptFingerprint(content);
  const same = known.filter((r) => receiptFingerprint(r) === fingerprint);
  if (same.length === 0) return [{ type: 'ReceiptConflicted', data: content }];
  return tellsMore(content, same) ? [{ type: 'ReceiptReceived', data: content }] : [];
};

const takeInNotice = (content: NoticeContent, life: PaymentLife): PaymentFact[] => {
  const fingerprint = noticeFingerprint(content);
  return life.notices.some((n) => noticeFingerprint(n) === fingerprint) ? [] : [{ type: 'PaymentNotified', data: content }];
};

/** Takes facts in; the same fact again is silence, another content of the same receipt is a conflict that both keep. */
export const payment: Omit<Decider<PaymentCommand, PaymentLife, PaymentEvent>, 'decide'> & {
  decide(command: PaymentCommand, life: PaymentLife): PaymentFact[];
} = {
  initialState: UNBORN,
  evolve: evolvePayment,
  decide: (command, life) => {
    switch (command.type) {
      case 'TakeInReceipt':
        return takeInReceipt(command.content, life);
      case 'TakeInNotice':
        return takeInNotice(command.content, life);
      default:
        return never(command);
    }
  },
};
