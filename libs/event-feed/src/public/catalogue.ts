import type { DataOf, Shape } from './fields';
import { FILE_IMPORTED, FILE_REJECTED, FILE_VOIDED } from './file-events';
import * as money from './money-events';
import * as payments from './payment-events';

/** Kafka topics of the public contract; the key of a message is the organization. */
export const PUBLIC_TOPICS = {
  payments: 'quadra.payments.v1',
  settlements: 'quadra.settlements.v1',
  credits: 'quadra.credits.v1',
  reconciliation: 'quadra.reconciliation.v1',
} as const;

export type PublicChannel = keyof typeof PUBLIC_TOPICS;

interface Entry {
  readonly channel: PublicChannel;
  readonly summary: string;
  readonly data: Shape;
}

/** Every public event: where it goes, what it says, its fields. Fields may be added; a change that breaks readers is a `.v2`. */
export const PUBLIC_EVENTS = {
  'it.quadra.payment.received.v1': {
    channel: 'payments',
    summary: 'A transfer was paid: its receipt is here, or a flow already speaks of it (provisional).',
    data: payments.PAYMENT_RECEIVED,
  },
  'it.quadra.transfer.state-changed.v1': {
    channel: 'payments',
    summary: 'A transfer stands elsewhere than before.',
    data: payments.TRANSFER_STATE_CHANGED,
  },
  'it.quadra.transfer.discrepancy-opened.v1': {
    channel: 'payments',
    summary: 'Something about a transfer does not tie, or does not tie by another amount than said before.',
    data: payments.DISCREPANCY_OPENED,
  },
  'it.quadra.transfer.discrepancy-closed.v1': {
    channel: 'payments',
    summary: 'What did not tie about a transfer ties now.',
    data: payments.DISCREPANCY_CLOSED,
  },
  'it.quadra.duplicate.found.v1': {
    channel: 'payments',
    summary: 'A due was paid twice, or a payment stands in two flows.',
    data: payments.DUPLICATE_FOUND,
  },
  'it.quadra.flow.published.v1': {
    channel: 'settlements',
    summary: 'The first complete version of a settlement flow is here.',
    data: money.FLOW_PUBLISHED,
  },
  'it.quadra.flow.superseded.v1': {
    channel: 'settlements',
    summary: 'Another version of a settlement flow counts now, or none.',
    data: money.FLOW_SUPERSEDED,
  },
  'it.quadra.flow.funding-changed.v1': {
    channel: 'settlements',
    summary: 'The money of a settlement flow has changed.',
    data: money.FLOW_FUNDING_CHANGED,
  },
  'it.quadra.credit.booked.v1': {
    channel: 'credits',
    summary: 'The treasurer booked money; flagged as a correction when the same document now says something else.',
    data: money.CREDIT_BOOKED,
  },
  'it.quadra.credit.withdrawn.v1': {
    channel: 'credits',
    summary: 'The document that brought a credit was taken back.',
    data: money.CREDIT_WITHDRAWN,
  },
  'it.quadra.credit.reversed.v1': {
    channel: 'credits',
    summary: 'The treasurer took a credit back, whole or in part.',
    data: money.CREDIT_REVERSED,
  },
  'it.quadra.credit.explained.v1': {
    channel: 'credits',
    summary: 'What a credit pays for has changed. Book when it is bookable; each one replaces the one before.',
    data: money.CREDIT_EXPLAINED,
  },
  'it.quadra.credit.regularized.v1': {
    channel: 'credits',
    summary: 'A collection order covers a provisional credit, whole or in part.',
    data: money.CREDIT_REGULARIZED,
  },
  'it.quadra.credit.regularization-reverted.v1': {
    channel: 'credits',
    summary: 'The coverage by a collection order was undone.',
    data: money.CREDIT_REGULARIZATION_REVERTED,
  },
  'it.quadra.file.imported.v1': { channel: 'reconciliation', summary: 'A file was read to its end.', data: FILE_IMPORTED },
  'it.quadra.file.rejected.v1': { channel: 'reconciliation', summary: 'A file could not be read.', data: FILE_REJECTED },
  'it.quadra.file.voided.v1': { channel: 'reconciliation', summary: 'A file was taken back with all that it brought.', data: FILE_VOIDED },
} as const satisfies Record<string, Entry>;

export type PublicEventType = keyof typeof PUBLIC_EVENTS;
export type PublicEventData<T extends PublicEventType> = DataOf<(typeof PUBLIC_EVENTS)[T]['data']>;

export const PUBLIC_EVENT_TYPES = Object.keys(PUBLIC_EVENTS) as readonly PublicEventType[];

export const isPublicEventType = (text: string): text is PublicEventType => Object.hasOwn(PUBLIC_EVENTS, text);

export const topicOf = (type: PublicEventType): string => PUBLIC_TOPICS[PUBLIC_EVENTS[type].channel];
