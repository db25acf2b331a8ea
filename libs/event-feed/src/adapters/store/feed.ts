import type { EventStore } from '@quadra/event-store';
import { partitionOf } from '../../partition';
import type { EventFeed, FeedPart, PlacedBatch } from '../../port';

type Source = Pick<EventStore, 'subscribe'>;

/** One part of the store's own feed: every batch without the events of other parts; its mark covers them. */
export const storePart = (store: Source, partition: number, partitions: number): FeedPart => ({
  partition,
  async *subscribe(after, options): AsyncGenerator<PlacedBatch, void, void> {
    for await (const batch of store.subscribe(after.position, options)) {
      yield partitions === 1 ? batch : { ...batch, events: batch.events.filter((e) => partitionOf(e.stream, partitions) === partition) };
    }
  },
});

/** Runs the work of all parts; when one fails the others end, and its error is thrown once they have. */
const runAll = async (parts: readonly FeedPart[], work: (part: FeedPart, signal: AbortSignal) => Promise<void>, signal: AbortSignal) => {
  const failed = new AbortController();
  const ending = AbortSignal.any([signal, failed.signal]);
  const results = await Promise.allSettled(
    parts.map(async (part) => {
      try {
        await work(part, ending);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
  if (failed.signal.aborted) throw failed.signal.reason;
  return results;
};

const ended = (signal: AbortSignal): Promise<void> =>
  signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/**
 * The feed of the standalone profile: read straight from the store. With several partitions each part reads the whole store and
 * keeps its own events, so a single process wants one. This process gets every part of every group: nobody else reads here.
 */
export const storeFeed = (store: Source, partitions = 1): EventFeed => ({
  partitions,
  partitionOf: (stream) => partitionOf(stream, partitions),
  async claim(_group, work, signal) {
    if (signal.aborted) return;
    await runAll(
      Array.from({ length: partitions }, (_, partition) => storePart(store, partition, partitions)),
      work,
      signal,
    );
    await ended(signal);
  },
  close: () => Promise.resolve(),
});
