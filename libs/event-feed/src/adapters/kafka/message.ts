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

/** A header as its decimal digits. @throws when it is missing: the message was not written by a relay. */
export const digitsOf = ({ offset, headers }: InMessage, name: keyof LogEntry): Buffer => {
  const value = headers?.[name];
  if (value instanceof Buffer) return value;
  throw new Error(`The message at offset ${offset} has no ${name}: something else than the relay writes to the private topic`);
};

/** Digits of a number that a double holds exactly. */
const EXACT_DIGITS = 15;

/** The number that digits stand for. Nearly always a sum of a few digits, which costs less than a text that is parsed. */
export const numberIn = (digits: Buffer): bigint => {
  if (digits.length > EXACT_DIGITS) return BigInt(digits.toString('latin1'));
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const code = digits[i]!;
    if (code < 48 || code > 57) return BigInt(digits.toString('latin1')); // no relay writes this
    sum = sum * 10 + (code - 48);
  }
  return BigInt(sum);
};

/** The position of a message. @throws when the message was not written by a relay. */
export const positionOf = (message: InMessage): bigint => numberIn(digitsOf(message, 'position'));

/** The position before it in its partition. @throws when the message was not written by a relay. */
export const previousOf = (message: InMessage): bigint => numberIn(digitsOf(message, 'previous'));

/** The event of a message at a position, undefined for a watermark. */
export const eventOf = ({ value }: InMessage, position: bigint): StoredEvent | undefined => {
  if (value === null) return undefined;
  const event = JSON.parse(value.toString()) as { -readonly [K in keyof StoredEvent]: StoredEvent[K] };
  event.position = position;
  return event;
};
