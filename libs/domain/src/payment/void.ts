import type { VoidOf } from '../voiding/events';
import { noticeFingerprint, receiptFingerprint } from './content';
import type { PaymentEvent } from './events';

/** What takes a fact of a payment back. */
export const voidOfPayment: VoidOf<PaymentEvent> = (event) => {
  switch (event.type) {
    case 'ReceiptReceived':
    case 'ReceiptConflicted': {
      const { receiptId, paidAt, iud } = event.data;
      const fingerprint = receiptFingerprint(event.data);
      const data = { receiptId, fingerprint, ...(paidAt !== undefined && { paidAt }), ...(iud !== undefined && { iud }) };
      return { type: 'ReceiptVoided', data };
    }
    case 'PaymentNotified':
      return { type: 'NoticeVoided', data: { fingerprint: noticeFingerprint(event.data) } };
    default:
      return undefined;
  }
};
