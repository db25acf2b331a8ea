import { type FeedBatch, type StoredEvent, type SubscribeOptions } from './port';

/** Positions that one page may look through. It bounds a page when a rare category makes most events irrelevant. */
export const PAGE_SPAN = 50_000n;

export interface FeedPage {
  readonly events: StoredEvent[];
  /** The page ended before its range did: nothing is known past its last event. */
  readonly full: boolean;
}

/** What the feed loop needs of a store with dense positions that become visible in order. */
export interface FeedSource {
  /** The last position that is visible to every later call of `page`. */
  head(): Promise<bigint>;
  /** At most the first `limit` events after one position and up to another, of the categories asked for, in order. */
  page(after: bigint, upTo: bigint, categories: readonly string[], limit: number): Promise<FeedPage>;
  /** Resolves when the head is past the position or the signal ends the wait. */
  beyond(position: bigint, signal: AbortSignal): Promise<void>;
}

const NOTHING: FeedPage = { events: [], full: false };

const readBatch = async (source: FeedSource, after: bigint, { categories, batchSize }: SubscribeOptions): Promise<FeedBatch> => {
  const head = await source.head();
  if (head < after) throw new Error(`The feed ends at position ${head}, before the requested ${after}: this is another or an older store`);
  const upTo = head - after > PAGE_SPAN ? after + PAGE_SPAN : head;
  const { events, full } = upTo > after ? await source.page(after, upTo, categories, batchSize) : NOTHING;
  const last = events[events.length - 1];
  const mark = last && full ? last.position : upTo;
  return { events, mark, caughtUp: mark >= head };
};

/**
 * The pull loop of every store that reads pages: one page is read ahead while the consumer works on another, never more.
 * The mark is what the page looked through, so it moves over events of other categories and never past undelivered ones.
 */
export async function* pullFeed(source: FeedSource, after: bigint, options: SubscribeOptions): AsyncGenerator<FeedBatch, void, void> {
  if (options.batchSize < 1) throw new Error(`A batch holds at least one event, not ${options.batchSize}`);
  const { signal } = options;
  let ahead: Promise<FeedBatch> | undefined;
  for (let mark: bigint | undefined; !signal.aborted;) {
    const batch: FeedBatch = await (ahead ?? readBatch(source, mark ?? after, options));
    if (signal.aborted) return;
    ahead = batch.caughtUp ? undefined : readBatch(source, batch.mark, options);
    ahead?.catch(() => undefined); // reported when it is awaited; the consumer may leave before
    if (mark === undefined || batch.mark > mark) yield batch;
    mark = batch.mark;
    if (batch.caughtUp) await source.beyond(mark, signal);
  }
}
