import type { EventStore, StoredEvent } from '@quadra/event-store';
import * as domain from '@quadra/domain';
import { categoryOf, orgOf, type OrgId } from '@quadra/kernel';

const VOID_OF: Readonly<Record<string, domain.VoidOf<any>>> = {
  payment: domain.voidOfPayment,
  settlementFlow: domain.voidOfFlow,
  credit: domain.voidOfCredit,
  journal: domain.voidOfJournal,
};

/** Every event of an organization, stream by stream. */
const streamsOf = async (store: EventStore, org: OrgId): Promise<Map<string, StoredEvent[]>> => {
  const streams = new Map<string, StoredEvent[]>();
  const abort = new AbortController();
  for await (const { events } of store.subscribe(0n, { categories: Object.keys(VOID_OF), batchSize: 1_000_000, signal: abort.signal })) {
    abort.abort();
    for (const e of events) if (orgOf(e.stream) === org) streams.set(e.stream, [...(streams.get(e.stream) ?? []), e]);
    break;
  }
  return streams;
};

/** Takes back what stands by a file alone, as the intake does. */
export const takeBack = async (store: EventStore, org: OrgId, fileId: string): Promise<void> => {
  for (const stream of (await streamsOf(store, org)).keys()) {
    for (let stored = false; !stored;) {
      const history = await store.read(stream);
      const facts = history.reduce(domain.evolveStanding<any>(VOID_OF[categoryOf(stream)]!), domain.NO_FACTS);
      const meta = { commandId: `${fileId}/void/${history.length}`, actor: 'test', source: { fileId } };
      const events = domain.decideVoidFacts({ type: 'VoidFacts', fileId, reason: 'wrong' }, facts).map((event) => ({ ...event, meta }));
      stored = events.length === 0 || (await store.append({ stream, expected: history.length - 1, events })).ok;
    }
  }
};
