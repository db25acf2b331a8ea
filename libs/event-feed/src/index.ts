import type { EventStore, FeedBatch, SubscribeOptions } from '@quadra/event-store';

/**
 * The ordered feed that processors read: the store itself on one machine, a log behind a relay in the cluster. Same
 * promises as `EventStore.subscribe`: ordered, nothing missing below a mark, pulled by the consumer.
 */
export interface EventFeed {
  subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<FeedBatch>;
}

/** The feed of the standalone profile: read straight from the store. */
export const storeFeed = (store: Pick<EventStore, 'subscribe'>): EventFeed => ({
  subscribe: (after, options) => store.subscribe(after, options),
});
