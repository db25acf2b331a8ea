import type { FeedBatch, SubscribeOptions } from '@quadra/event-store';

/** Where a processor stands in its part of the feed. */
export interface FeedPlace {
  /** Everything of the part up to here is done. */
  readonly position: bigint;
  /** Where the feed itself goes on from there (an offset of its log), opaque; absent when the feed needs none or never said it. */
  readonly cursor?: string;
}

export interface PlacedBatch extends FeedBatch {
  /** Stands for `mark` in the feed's own terms: stored with it, handed back in `FeedPlace`. */
  readonly cursor?: string;
}

/**
 * Forgets the events of a batch that was worked off. Until the next one comes, generators and loops hold this one, and in two
 * dozen parts the garbage collector would move as many batches again and again.
 */
export const release = (batch: PlacedBatch): void => {
  (batch as { events: PlacedBatch['events'] }).events = [];
};

/** One part of the feed: the events of some organizations, in order. */
export interface FeedPart {
  readonly partition: number;
  /**
   * Pulls the part after a place: ordered batches, nothing missing below a mark, nothing twice, back-pressured by the consumer's
   * own `for await`; marks go on when no event does. From position 0, or when the feed's log no longer reaches back far enough,
   * the store is read and the log taken over where it is level.
   */
  subscribe(after: FeedPlace, options: SubscribeOptions): AsyncIterable<PlacedBatch>;
}

/**
 * The ordered feed that processors read: the store itself on one machine, a log behind a relay in the cluster. All events of
 * one organization are in one part; a part belongs to one process of a group at a time.
 */
export interface EventFeed {
  readonly partitions: number;
  /** The part in which the events of a stream are. */
  partitionOf(stream: string): number;
  /**
   * Runs `work` for every part that this process gets among those of its group. The signal that `work` receives ends when the
   * part goes to another process, and the feed lets go of it only when `work` has returned. Resolves when `signal` has ended and
   * all work has returned. @throws what `work` throws, after the others were ended.
   */
  claim(group: string, work: (part: FeedPart, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
