import type { StoredEvent } from '@quadra/event-store';
import { orgOf } from '@quadra/kernel';
import type { InMessage, OutMessage } from './client';

/**
 * What stands in the private topic: an event, or a watermark without a value. Both say that the partition holds nothing else after
 * `previous` and up to `position`, so a reader that stands below `previous` knows that it misses something.
 */
export interface LogEntry {
  readonly position: bigint;
  readonly previous: bigint;
}

const headers = ({ position, previous }: LogEntry): Record<string, string> => ({ position: String(position), previous: String(previous) });

export const eventMessage = (partition: number, event: StoredEvent, previous: bigint): OutMessage => ({
  partition,
  key: orgOf(event.stream),
  value: JSON.stringify({ ...event, position: String(event.position) }),
  headers: headers({ position: event.position, previous }),
});

export const watermarkMessage = (partition: number, position: bigint, previous: bigint): OutMessage => ({
  partition,
  key: null,
  value: null,
  headers: headers({ position, previous }),
});

/** The header as text. @throws when it is missing: the message was not written by a relay. */
const headerOf = ({ offset, headers }: InMessage, name: keyof LogEntry): string => {
  const value = headers?.[name];
  if (value instanceof Buffer) return value.toString('latin1');
  throw new Error(`The message at offset ${offset} has no ${name}: something else than the relay writes to the private topic`);
};

/** The position of a message, in decimal digits. @throws when the message was not written by a relay. */
export const positionOf = (message: InMessage): string => headerOf(message, 'position');

/** The position before it in its partition, in decimal digits. @throws when the message was not written by a relay. */
export const previousOf = (message: InMessage): string => headerOf(message, 'previous');

/** The event of a message at a position, undefined for a watermark. */
export const eventOf = ({ value }: InMessage, position: bigint): StoredEvent | undefined => {
  if (value === null) return undefined;
  const event = JSON.parse(value.toString()) as { -readonly [K in keyof StoredEvent]: StoredEvent[K] };
  event.position = position;
  return event;
};
