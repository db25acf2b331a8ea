import type { EventStore, StoredEvent } from '@quadra/event-store';
import { pagesOf } from './cursor';
import type { Hole } from './findings';

/** Looked through for a hole: a payment is concluded soon after its facts. */
const MOST_PAGES = 50;

/**
 * The stream in which an event is missing, found by its next event: the first one from there on whose predecessor is gone.
 * @returns undefined when the missing event was the last of its stream, or the next one is far away.
 */
export const gapAfter = async (store: EventStore, before: { stream: string; revision: number } | undefined): Promise<Hole | undefined> => {
  const [from] = before ? await store.read(before.stream, before.revision) : [];
  if (!from) return undefined;
  let pages = 0;
  for await (const page of pagesOf(store, { after: from.position - 1n, upTo: await store.head() })) {
    const hole = await holeIn(store, page);
    if (hole || ++pages === MOST_PAGES) return hole;
  }
  return undefined;
};

const holeIn = async (store: EventStore, page: readonly StoredEvent[]): Promise<Hole | undefined> => {
  const streams = new Set(page.filter((e) => e.revision > 0).map((e) => e.stream));
  for (const [stream, events] of await store.readMany([...streams])) {
    const revision = events.findIndex((e, i) => e.revision !== i);
    if (revision >= 0) return { stream, revision };
  }
  return undefined;
};
