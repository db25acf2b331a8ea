import type { FeedPage } from '../../feed';
import { type EncodedEvent, stampMeta } from '../../encode';
import type { StoredEvent } from '../../port';

/** What stays in memory: enough for every processor that keeps up, and a bound for the heap. */
const MAX_EVENTS = 40_000;
const MAX_CHARACTERS = 40_000_000;

/** Events that this process has just committed. */
export interface Committed {
  readonly stream: string;
  /** Revision of the first event. */
  readonly revision: number;
  readonly events: readonly EncodedEvent[];
  readonly recordedAt: string;
}

interface Slot {
  readonly category: string;
  readonly characters: number;
  /** Parsed once, when the first subscriber asks. */
  event: StoredEvent | undefined;
  raw: (() => StoredEvent) | undefined;
}

/**
 * The end of the log, as the writer wrote it: subscribers that keep up share it instead of each asking the database. It is
 * whole or empty, never with a hole: whoever asks for an earlier position is sent to the table.
 */
export class Tail {
  private slots: Slot[] = [];
  private start = 0;
  private characters = 0;

  /** @param base the position before the first event that is kept. */
  constructor(
    private base: bigint,
    private readonly maxEvents = MAX_EVENTS,
  ) {}

  /** Forgets everything: what was committed last is not known for certain. */
  reset(head: bigint): void {
    this.slots = [];
    this.start = 0;
    this.characters = 0;
    this.base = head;
  }

  /** Adds what follows the last event kept; `head` is the position of its last event. */
  push(committed: readonly Committed[], head: bigint): void {
    for (const { stream, revision, events, recordedAt } of committed) {
      const category = stream.slice(0, stream.indexOf('-'));
      events.forEach((e, i) => {
        const position = this.head + 1n;
        const raw = () => ({
          position,
          stream,
          revision: revision + i,
          id: e.id,
          type: e.type,
          data: JSON.parse(e.data) as unknown,
          meta: JSON.parse(stampMeta(e.meta, recordedAt)) as StoredEvent['meta'],
        });
        const characters = e.data.length + e.meta.length;
        this.slots.push({ category, characters, event: undefined, raw });
        this.characters += characters;
      });
    }
    if (this.head !== head) this.reset(head);
    this.evict();
  }

  /** @returns undefined when events after that position are not all kept here. */
  page(after: bigint, upTo: bigint, categories: readonly string[], limit: number): FeedPage | undefined {
    if (after < this.base || upTo > this.head) return undefined;
    const wanted = new Set(categories);
    const events: StoredEvent[] = [];
    const end = this.start + Number(upTo - this.base);
    for (let at = this.start + Number(after - this.base); at < end; at++) {
      const slot = this.slots[at]!;
      if (wanted.size > 0 && !wanted.has(slot.category)) continue;
      events.push(parsed(slot));
      if (events.length === limit) return { events, full: true };
    }
    return { events, full: false };
  }

  private get head(): bigint {
    return this.base + BigInt(this.slots.length - this.start);
  }

  private evict(): void {
    while (this.slots.length - this.start > this.maxEvents || this.characters > MAX_CHARACTERS) {
      this.characters -= this.slots[this.start]!.characters;
      this.slots[this.start] = undefined as never;
      this.start++;
      this.base++;
    }
    if (this.start > this.maxEvents) {
      this.slots = this.slots.slice(this.start);
      this.start = 0;
    }
  }
}

const parsed = (slot: Slot): StoredEvent => {
  if (!slot.event) {
    slot.event = slot.raw!();
    slot.raw = undefined;
  }
  return slot.event;
};
