import { isDeepStrictEqual } from 'node:util';
import type { StoredEvent } from '@quadra/event-store';
import type { InMessage, LogEnds } from './client';
import { eventMessage, eventOf, type LogEntry, positionOf, previousOf } from './message';
import type { LogCursor } from './topic-reader';
import type { TopicTally } from './topic-tally';

export interface PartComparisonOptions {
  readonly partition: number;
  /** The ends of its log when the comparison began. */
  readonly ends: LogEnds;
  readonly log: LogCursor;
  readonly tally: TopicTally;
  /** Everything up to here was published before the ends were asked for; 0 when that is not known. */
  readonly relayed: bigint;
  /** The first offset that is kept now: it moves on while the log is read. */
  readonly low: () => Promise<bigint>;
}

interface Entry extends LogEntry {
  readonly message: InMessage;
}

/** After every position of every store. */
const NEVER = 1n << 64n;
/** Positions of missing events that are kept to tell a late one from a repeat. */
const MOST_LOST = 10_000;

/** One partition of the topic beside the events of the store that belong there, both read once, in order. */
export class PartComparison {
  /** The highest position in the log so far. */
  private reached = 0n;
  /** Up to here nothing is asked of the log: retention has taken it. */
  private start = 0n;
  private nextOffset = 0n;
  /** The next message is the first that retention has left. */
  private isCut = false;
  /** A message that was read and that the store has not come to. */
  private head: Entry | undefined;
  private hasEnded = false;
  private readonly lost = new Set<bigint>();

  constructor(private readonly options: PartComparisonOptions) {}

  /**
   * Reads the first message. @returns the position after which the store is to be read; undefined when retention has left nothing.
   */
  async open(): Promise<bigint | undefined> {
    const { low, high } = this.options.ends;
    this.head = await this.advance();
    if (low === 0n || low < high) return this.start;
    this.start = NEVER;
    return undefined;
  }

  /** The log answers for everything up to here; undefined as long as its end was not read. */
  get claimed(): bigint | undefined {
    return this.hasEnded && this.head === undefined ? this.end : undefined;
  }

  /** The store holds this event, and none of this partition between it and the one met before. */
  async meet(event: StoredEvent): Promise<void> {
    await this.dropBefore(event.position);
    const { head, start } = this;
    if (head?.position === event.position && head.message.value !== null) {
      this.head = undefined;
      this.compare(event, head);
    } else if (event.position > start && (head !== undefined || event.position <= this.end)) {
      this.lose(event);
    }
  }

  /** The store holds nothing more up to a position. */
  passed(mark: bigint): Promise<void> {
    return this.dropBefore(mark + 1n);
  }

  /** The store holds nothing more. */
  rest(): Promise<void> {
    return this.dropBefore(NEVER);
  }

  private get end(): bigint {
    return this.reached > this.options.relayed ? this.reached : this.options.relayed;
  }

  private get name(): string {
    return `partition ${this.options.partition}`;
  }

  /** Passes what stands before a position. An event among it is none of the store. */
  private async dropBefore(position: bigint): Promise<void> {
    while ((this.head ??= await this.advance()) && this.head.position < position) {
      const { message, position: at } = this.head;
      this.head = undefined;
      if (message.value !== null) this.options.tally.fault('unknown', `${this.name}: the store holds no such event at position ${at}`);
    }
  }

  private compare(stored: StoredEvent, { message, position }: Entry): void {
    const { tally, partition } = this.options;
    if (isSame(stored, message, partition)) tally.events++;
    else tally.fault('changed', `${this.name}: the event at position ${position} is not as in the store (${stored.stream})`);
  }

  private lose({ position, stream }: StoredEvent): void {
    this.options.tally.fault('missing', `${this.name}: the event at position ${position} is missing (${stream})`);
    if (this.lost.size < MOST_LOST) this.lost.add(position);
  }

  /** The next message that says something new. */
  private async advance(): Promise<Entry | undefined> {
    for (let message; (message = await this.options.log.next()) !== undefined;) {
      await this.watchOffset(BigInt(message.offset));
      const entry = this.entryOf(message);
      if (entry === undefined) continue;
      if (this.isCut) this.beginAfter(entry.previous);
      if (entry.position <= this.reached) {
        this.seenBefore(entry);
        continue;
      }
      if (entry.previous > this.reached) this.hole(entry);
      this.reached = entry.position;
      return entry;
    }
    this.hasEnded = true;
    return undefined;
  }

  /** Offsets are skipped where retention was quicker than this reader; anywhere else the message's own `previous` tells. */
  private async watchOffset(offset: bigint): Promise<void> {
    const { ends, low } = this.options;
    this.isCut ||= offset !== this.nextOffset && (offset <= ends.low || offset <= (await low()));
    this.nextOffset = offset + 1n;
  }

  private beginAfter(previous: bigint): void {
    this.isCut = false;
    if (previous > this.reached) this.start = this.reached = previous;
  }

  private entryOf(message: InMessage): Entry | undefined {
    try {
      return { message, position: positionOf(message), previous: previousOf(message) };
    } catch {
      this.options.tally.fault('unreadable', `${this.name}: the message at offset ${message.offset} was not written by a relay`);
      return undefined;
    }
  }

  private seenBefore({ message, position }: Entry): void {
    if (message.value === null) return;
    if (this.lost.delete(position)) this.options.tally.late(`${this.name}: the event at position ${position} comes after later ones`);
    else this.options.tally.repeats++;
  }

  private hole({ message, previous }: Entry): void {
    const where = `the message at offset ${message.offset} follows on position ${previous}`;
    this.options.tally.fault('holes', `${this.name}: ${where}, which is not there; the last one is ${this.reached}`);
  }
}

const contentOf = ({ stream, revision, id, type, data, meta }: StoredEvent): object => ({ stream, revision, id, type, data, meta });

/** The text is the same, or at least what it says is: fields may stand in another order. */
const isSame = (stored: StoredEvent, message: InMessage, partition: number): boolean => {
  const expected = eventMessage(partition, stored, 0n).value!;
  if (message.value!.toString() === expected) return true;
  try {
    return isDeepStrictEqual(contentOf(eventOf(message, stored.position)!), contentOf(JSON.parse(expected) as StoredEvent));
  } catch {
    return false; // no JSON
  }
};
