import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { AllocationsChanged } from '@quadra/domain';
import { reconciliationStream } from '@quadra/domain';
import type { OrgId } from '@quadra/kernel';
import type { MoneyDefinition, Placed } from '../money-model';
import { foldMoney } from '../money-model';

type Change = AllocationsChanged['data'];

/** The judgements on the money of an organization up to a position: some rows for every thousand payments. */
export const judgementsUpTo = async (store: EventStore, org: OrgId, position: bigint): Promise<StoredEvent[]> =>
  (await store.read(reconciliationStream(org))).filter((e) => e.position <= position && e.type === 'AllocationsChanged');

/** Flows or credits as they stood at a position, folded from their streams and the judgements; absent when not known then. */
export const moneyAsOf = async <D extends { life: { revision: number } }>(
  definition: MoneyDefinition<D>,
  store: EventStore,
  org: OrgId,
  ids: readonly string[],
  position: bigint,
  judgements: readonly StoredEvent[],
): Promise<Map<string, Placed<D>>> => {
  const found = await store.readMany(ids.map((id) => definition.streamOf(org, id)));
  const events = new Map(ids.map((id) => [id, [...(found.get(definition.streamOf(org, id)) ?? [])]]));
  for (const e of judgements) for (const id of definition.judged(e.data as Change)) events.get(id)?.push(e);
  const docs = new Map<string, Placed<D>>();
  for (const [id, own] of events) {
    let known: Placed<D> | undefined;
    for (const e of own.sort((a, b) => (a.position < b.position ? -1 : 1)))
      if (e.position <= position) known = foldMoney(definition, known, id, e);
    if (known) docs.set(id, known);
  }
  return docs;
};
