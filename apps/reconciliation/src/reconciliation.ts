import type { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import type { EventFeed } from '@quadra/event-feed';
import type { Skip } from '@quadra/processing';
import { ProcessorGroup, migrateProcessing } from '@quadra/processing';
import { Lifecycle } from './lifecycle/lifecycle';
import { Matcher } from './matcher/matcher';
import { RECONCILIATION_SCHEMA } from './rules';

export interface ReconciliationOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly feed: EventFeed;
  readonly log?: (message: string, error?: unknown) => void;
}

export interface Reconciliation {
  readonly matcher: ProcessorGroup;
  readonly lifecycle: ProcessorGroup;
  /** All of them. */
  readonly groups: readonly ProcessorGroup[];
  /** @returns false when the organization is not parked there; throws when it fails again. */
  readonly retryParked: (processor: string, org: string, skip?: Skip) => Promise<boolean>;
  stop(): Promise<void>;
}

/** Starts the judging side: the matcher, and the lifecycle that carries its judgements into the payment streams. */
export const startReconciliation = async ({ pool, store, feed, log }: ReconciliationOptions): Promise<Reconciliation> => {
  await migrateProcessing(pool, RECONCILIATION_SCHEMA);
  const options = { pool, store, feed, schema: RECONCILIATION_SCHEMA, ...(log && { log }) };
  const matcher = new ProcessorGroup(({ owns }) => new Matcher(store, owns), options);
  const lifecycle = new ProcessorGroup(({ partitions }) => new Lifecycle(store, partitions), options);
  await matcher.start();
  await lifecycle.start();
  const groups = [matcher, lifecycle];
  return {
    matcher,
    lifecycle,
    groups,
    retryParked: async (name, org, skip) => (await groups.find((group) => group.name === name)?.retryParked(org, skip)) ?? false,
    stop: async () => void (await Promise.all(groups.map((group) => group.stop()))),
  };
};
