import type { PaymentCommand } from '@quadra/domain';
import type { PreparedRecord } from '../protocol';
import type { ImportOrigin, Works } from './context';
import { metaOf } from './context';
import { PAYMENT } from './rules';
import type { DocumentState } from './tally';

type PaymentRecord = Extract<PreparedRecord, { kind: 'receipt' | 'notice' }>;

const commandOf = (record: PaymentRecord): PaymentCommand =>
  record.kind === 'receipt' ? { type: 'TakeInReceipt', content: record.content } : { type: 'TakeInNotice', content: record.content };

/** What a record brings: a receipt the transfers of this organization, a notice its amount. */
const centsOf = (record: PaymentRecord): number =>
  record.kind === 'notice' ? record.content.amountCents : record.content.transfers.reduce((sum, t) => sum + t.amountCents, 0);

/** A receipt or notice in the stream of its payment; one of several rows counts as so many records. */
export const addPayment = (works: Works, origin: ImportOrigin, document: DocumentState, record: PaymentRecord): void => {
  const rows = record.rows ?? 1;
  works.on(record.stream, PAYMENT).add({
    command: commandOf(record),
    meta: metaOf(origin, document, record.line),
    settle: ([fact]) => {
      if (!fact) document.tally.add('unchanged', rows);
      else if (fact.type === 'ReceiptConflicted') document.tally.add('conflicting', rows);
      else document.tally.add('recorded', rows, centsOf(record));
    },
  });
};
