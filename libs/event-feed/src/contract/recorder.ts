import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { EventFeed, FeedPart, FeedPlace, PlacedBatch } from '../port';

const PATIENCE_MS = 45_000;

/** Waits for what must come; fails with a sentence when it does not. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (await holds()) return;
  }
  throw new Error(`It never came that ${what}`);
};

export interface RecorderOptions {
  readonly categories?: readonly string[];
  readonly batchSize?: number;
  /** Runs for each batch before its place is stored. */
  readonly onBatch?: (part: number, batch: PlacedBatch) => void | Promise<void>;
}

/**
 * A processor that keeps places as the real ones do: in one step with its events, and only from where it believes to be. It fails
 * when the feed breaks a promise, and when two of them work on one part at once.
 */
export class Recorder {
  readonly events: StoredEvent[] = [];
  readonly places = new Map<number, FeedPlace>();
  readonly caughtUp = new Set<number>();
  /** Parts that are worked on at the moment, by whom. */
  readonly working = new Map<number, string>();
  readonly broken: string[] = [];

  constructor(private readonly options: RecorderOptions = {}) {}

  /** The work of one process, for `claim`. */
  work =
    (process: string) =>
    async (part: FeedPart, signal: AbortSignal): Promise<void> => {
      const other = this.working.get(part.partition);
      if (other !== undefined) this.broken.push(`${process} works on part ${part.partition} while ${other} still does`);
      this.working.set(part.partition, process);
      try {
        await this.follow(part, signal);
      } finally {
        this.working.delete(part.partition);
      }
    };

  positions(): bigint[] {
    return this.events.map((e) => e.position);
  }

  private async follow(part: FeedPart, signal: AbortSignal): Promise<void> {
    const { categories = [], batchSize = 7, onBatch } = this.options;
    let place = this.places.get(part.partition) ?? { position: 0n };
    for await (const batch of part.subscribe(place, { categories, batchSize, signal })) {
      this.check(part.partition, place.position, batch, batchSize);
      await onBatch?.(part.partition, batch);
      if (signal.aborted) return; // the transaction was not committed
      if (this.places.get(part.partition) !== (this.places.has(part.partition) ? place : undefined)) {
        this.broken.push(`the place of part ${part.partition} was moved by another`);
      }
      place = { position: batch.mark, ...(batch.cursor !== undefined && { cursor: batch.cursor }) };
      this.places.set(part.partition, place);
      this.events.push(...batch.events);
      if (batch.caughtUp) this.caughtUp.add(part.partition);
    }
  }

  private check(part: number, from: bigint, batch: PlacedBatch, batchSize: number): void {
    let last = from;
    if (batch.events.length > batchSize) this.broken.push(`a batch of ${batch.events.length} events where ${batchSize} were asked for`);
    for (const { position } of batch.events) {
      if (position <= last) this.broken.push(`part ${part}: position ${position} came after ${last}`);
      last = position;
    }
    if (batch.mark < last) this.broken.push(`part ${part}: the mark ${batch.mark} is behind ${last}`);
  }
}

/** A process that claims parts for a recorder until it is stopped. */
export const start = (feed: EventFeed, group: string, recorder: Recorder, process = 'the process'): { stop(): Promise<void> } => {
  const stop = new AbortController();
  const running = feed.claim(group, recorder.work(process), stop.signal);
  running.catch(() => undefined);
  return {
    stop: () => {
      stop.abort();
      return running;
    },
  };
};

/** Everything in the store, in order. */
export const everything = async (store: EventStore, categories: readonly string[] = []): Promise<StoredEvent[]> => {
  const found: StoredEvent[] = [];
  const stop = new AbortController();
  for await (const batch of store.subscribe(0n, { categories, batchSize: 500, signal: stop.signal })) {
    found.push(...batch.events);
    if (batch.caughtUp) break;
  }
  return found;
};

const byPosition = (a: StoredEvent, b: StoredEvent): number => (a.position < b.position ? -1 : 1);

/** Waits until the recorder has as many events as the store, then expects exactly those. */
export const expectAll = async (store: EventStore, recorder: Recorder, categories: readonly string[] = []): Promise<void> => {
  const stored = await everything(store, categories);
  await until(
    `all ${stored.length} events were delivered, at last ${recorder.events.length}`,
    () => recorder.events.length >= stored.length,
  );
  expect([...recorder.events].sort(byPosition)).toEqual(stored);
  expect(recorder.broken).toEqual([]);
};
