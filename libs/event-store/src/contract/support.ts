import { type AppendRequest, type EventStore, type FeedBatch, type NewEvent, type StoredEvent } from '../port';

/** What a suite works on; `reopen` gives the same log to a new store after the first was closed, where the adapter can. */
export interface OpenedStore {
  readonly store: EventStore;
  readonly close: () => Promise<void>;
}

/** A clock that tests move by hand. */
export class TestClock {
  constructor(private time = Date.parse('2026-03-01T08:00:00.000Z')) {}

  now(): Date {
    return new Date(this.time);
  }

  set(instant: string): void {
    this.time = Date.parse(instant);
  }
}

/** Opens an empty store. */
export type OpenStore = (clock: TestClock) => Promise<OpenedStore>;

export const fact = (n: number | string, commandId = `command-${n}`): NewEvent => ({
  type: 'ReceiptReceived',
  data: { n },
  meta: { commandId, actor: 'test' },
});

export const request = (stream: string, expected: number, ...events: NewEvent[]): AppendRequest => ({ stream, expected, events });

/** A name that no other test of the run uses. */
export const freshStream = (
  (count) =>
  (category = 'payment') =>
    `${category}-80012345678_${++count}`
)(0);

export interface Collected {
  readonly events: StoredEvent[];
  readonly batches: FeedBatch[];
}

/** Reads the feed from a position until it is caught up at or past `upTo`, checking order and marks on the way. */
export const collect = async (
  store: EventStore,
  after: bigint,
  { upTo, batchSize = 7, categories = [] }: { upTo: bigint; batchSize?: number; categories?: readonly string[] },
): Promise<Collected> => {
  const stop = new AbortController();
  const collected: Collected = { events: [], batches: [] };
  let last = after;
  for await (const batch of store.subscribe(after, { categories, batchSize, signal: stop.signal })) {
    for (const event of batch.events) {
      if (event.position <= last) throw new Error(`position ${event.position} came after ${last}`);
      last = event.position;
    }
    if (batch.mark < last) throw new Error(`the mark ${batch.mark} is behind the delivered ${last}`);
    last = batch.mark;
    collected.events.push(...batch.events);
    collected.batches.push(batch);
    if (batch.caughtUp && batch.mark >= upTo) stop.abort();
  }
  return collected;
};
