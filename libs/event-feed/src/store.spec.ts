import { createInMemoryStore } from '@quadra/event-store';
import { describeEventFeed } from './contract';
import { storeFeed } from './adapters/store';

describeEventFeed('The store itself', async (partitions) => {
  const store = createInMemoryStore();
  const feed = storeFeed(store, partitions);
  return { store, feed, close: () => store.close() };
});
