import type { EventStore } from '@quadra/event-store';
import type { Consistency } from '../http';

/** A service that answers from what is recorded, and from nothing that follows: it is never behind. */
export const writeSideConsistency = (store: Pick<EventStore, 'head'>): Consistency => ({
  waitFor: async (_org, position) => (await store.head()) >= BigInt(position),
  position: async () => String(await store.head()),
  isStale: () => Promise.resolve(false),
});
