import type { NoticeContent, ReceiptContent } from './events';

/**
 * The fields that matching uses and that every format of a receipt holds: two records that agree on them are the same
 * fact (a poorer format is no conflict), two that differ are a conflict. Compared as text, so that it also is an order.
 */
export const receiptFingerprint = (r: ReceiptContent): string => {
  const transfers = r.transfers.map((t) => `${t.index}:${t.amountCents}${t.stampDuty ? 's' : ''}`).sort();
  return `${r.issuer}|${r.outcome}|${r.paidOn}|${r.totalCents}|${transfers.join(',')}`;
};

export const noticeFingerprint = (n: NoticeContent): string => `${n.iud}|${n.executedOn}|${n.amountCents}`;
