import type { AppendRequest, EventStore } from '@quadra/event-store';
import type { Work } from './stream-work';

/** Brings works to rest: all their appends in one go, then only those whose stream had moved on, until none is left. */
export const commit = async (store: EventStore, works: readonly Work[]): Promise<{ conflicts: number }> => {
  let conflicts = 0;
  for (let open = works; ;) {
    const asked: Work[] = [];
    const requests: AppendRequest[] = [];
    for (const work of open) {
      const request = work.next();
      if (!request) continue;
      asked.push(work);
      requests.push(request);
    }
    if (requests.length === 0) return { conflicts };
    conflicts += await round(store, asked, requests);
    open = asked;
  }
};

const round = async (store: EventStore, works: readonly Work[], requests: readonly AppendRequest[]): Promise<number> => {
  const results = await store.appendMany(requests);
  const lost: Work[] = [];
  results.forEach((result, i) => {
    if (result.ok) works[i]!.accepted(requests[i]!.events.length, result.revision);
    else lost.push(works[i]!);
  });
  if (lost.length > 0) {
    const found = await store.readMany([...new Set(lost.map((work) => work.stream))]);
    for (const work of lost) work.reload(found.get(work.stream) ?? []);
  }
  return lost.length;
};

/** Reads what the streams hold before the first decision: cheaper where most of them are known to exist. */
export const preload = async (store: EventStore, works: readonly Work[]): Promise<number> => {
  const found = await store.readMany(works.map((work) => work.stream));
  for (const work of works) {
    const events = found.get(work.stream);
    if (events) work.load(events);
  }
  return found.size;
};
