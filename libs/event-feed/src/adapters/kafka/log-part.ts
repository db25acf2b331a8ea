import type { EventStore, StoredEvent, SubscribeOptions } from '@quadra/event-store';
import { storePart } from '../store';
import type { FeedPart, FeedPlace, PlacedBatch } from '../../port';
import { categoryOf } from '@quadra/kernel';
import type { InMessage, LogEnds } from './client';
import type { Chunk, Inbox } from './inbox';
import { digitsOf, eventOf, numberIn } from './message';

export interface LogPartOptions {
  readonly partition: number;
  readonly partitions: number;
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly inbox: Inbox;
  /** The ends of the partition's log; it waits for the brokers, and gives up only when the signal ends. */
  readonly ends: (signal: AbortSignal) => Promise<LogEnds>;
}

/** Where a reader stands: everything up to the position was delivered, and the log goes on at the offset. */
interface Stand {
  readonly position: bigint;
  readonly offset: bigint;
  /** The message at this offset follows on what was read in the store, whatever its `previous` says. */
  readonly level?: bigint;
}

/** One partition of the log, and the store where the log does not hold what is asked for. */
export const logPart = (part: LogPartOptions): FeedPart => ({
  partition: part.partition,
  async *subscribe(after, options) {
    const reader = {};
    try {
      yield* follow(part, reader, after, options);
    } finally {
      part.inbox.close(reader);
    }
  },
});

async function* follow(part: LogPartOptions, reader: object, after: FeedPlace, options: SubscribeOptions): AsyncGenerator<PlacedBatch> {
  const { signal } = options;
  if (options.batchSize < 1) throw new Error(`A batch holds at least one event, not ${options.batchSize}`);
  const ends = await part.ends(signal);
  let stand: Stand | undefined = signal.aborted ? undefined : startOf(part, reader, after, ends);
  if (stand && stand.offset >= ends.high) yield { events: [], mark: stand.position, caughtUp: true, cursor: String(stand.offset) };
  stand ??= yield* fromStore(part, reader, after.position, options);
  while (stand && !signal.aborted) {
    const chunk = await part.inbox.take(stand.offset, signal);
    if (!chunk) return;
    const { hole, ...read }: Read = yield* fromChunk(chunk, stand, options);
    chunk.messages.length = 0; // while this waits for the next ones, their memory is free
    stand = hole ? yield* fromStore(part, reader, read.position, options) : read;
  }
}

/**
 * The log serves at once who has a cursor, and who begins at the beginning: a first message that follows on nothing shows that
 * the log is whole. @returns undefined when the store must be read first.
 */
const startOf = (part: LogPartOptions, reader: object, { position, cursor }: FeedPlace, { low, high }: LogEnds): Stand | undefined => {
  const offset = cursor === undefined ? low : BigInt(cursor);
  const served = position === 0n || (cursor !== undefined && offset >= low && offset <= high);
  return served && part.inbox.open(reader) ? { position, offset } : undefined;
};

/**
 * Reads the part in the store until it is level, and names the place in the log that follows: the end of the log before the store
 * was read. What the log holds before it was in the store by then; what it holds again after it is dropped by position.
 */
async function* fromStore(
  part: LogPartOptions,
  reader: object,
  after: bigint,
  options: SubscribeOptions,
): AsyncGenerator<PlacedBatch, Stand | undefined> {
  const { high } = await part.ends(options.signal);
  const stored = storePart(part.store, part.partition, part.partitions).subscribe({ position: after }, options);
  for await (const batch of stored) {
    // While another subscription of this part reads the log, this one stays with the store.
    const level = batch.caughtUp && part.inbox.open(reader);
    yield level ? { ...batch, cursor: String(high) } : batch;
    if (level) return { position: batch.mark, offset: high, level: high };
  }
  return undefined;
}

interface Read extends Stand {
  /** The next message does not follow on what was read. */
  readonly hole?: boolean;
}

async function* fromChunk(chunk: Chunk, start: Stand, { categories, batchSize }: SubscribeOptions): AsyncGenerator<PlacedBatch, Read> {
  const wanted = new Set(categories);
  const reading = new Reading(start);
  let events: StoredEvent[] = [];
  /** The events are the receiver's alone: nothing here keeps them while it works, or waits. */
  const batch = (): PlacedBatch => {
    const own = events;
    events = [];
    return { events: own, mark: reading.position, caughtUp: reading.offset >= chunk.high, cursor: String(reading.offset) };
  };
  for (const message of chunk.messages) {
    if (!reading.follows(message)) break;
    if (!reading.advance(message)) continue;
    const event = eventOf(message, reading.position);
    if (event && (wanted.size === 0 || wanted.has(categoryOf(event.stream)))) events.push(event);
    if (events.length < batchSize) continue;
    yield batch();
  }
  const isWorthIt = events.length > 0 || reading.offset >= chunk.high || reading.position > start.position;
  if (isWorthIt) yield batch();
  return { position: reading.position, offset: reading.offset, hole: reading.hole };
}

/** Byte by byte: for so few of them a call costs more. */
const areEqual = (a: Buffer, b: Buffer): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Goes along the messages of a partition. Numbers stay digits as long as nothing needs to be computed: nearly always. */
class Reading {
  hole = false;
  position: bigint;
  /** The digits of the position, when a message said it. */
  private digits: Buffer | undefined;
  private last: string | undefined;

  constructor(private readonly start: Stand) {
    this.position = start.position;
  }

  /** The offset after the last message. */
  get offset(): bigint {
    return this.last === undefined ? this.start.offset : BigInt(this.last) + 1n;
  }

  /** Whether nothing is missing between what was read and this message. */
  follows(message: InMessage): boolean {
    const previous = digitsOf(message, 'previous');
    const isNext = this.digits !== undefined && areEqual(previous, this.digits);
    this.hole = !isNext && numberIn(previous) > this.position && BigInt(message.offset) !== this.start.level;
    return !this.hole;
  }

  /** Passes a message. @returns false when what it says was known. */
  advance(message: InMessage): boolean {
    this.last = message.offset;
    const digits = digitsOf(message, 'position');
    const position = numberIn(digits);
    if (position <= this.position) return false;
    this.position = position;
    this.digits = digits;
    return true;
  }
}
