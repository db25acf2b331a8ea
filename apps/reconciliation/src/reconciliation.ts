import type { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import type { EventFeed } from '@quadra/event-feed';
import { ProcessorRunner, migrateProcessing } from '@quadra/processing';
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
  readonly matcher: ProcessorRunner;
  readonly lifecycle: ProcessorRunner;
  stop(): Promise<void>;
}

/** Starts the judging side: the matcher, and the lifecycle that carries its judgements into the payment streams. */
export const startReconciliation = async ({ pool, store, feed, log }: ReconciliationOptions): Promise<Reconciliation> => {
  await migrateProcessing(pool, RECONCILIATION_SCHEMA);
  const options = { pool, feed, schema: RECONCILIATION_SCHEMA, ...(log && { log }) };
  const matcher = new ProcessorRunner(new Matcher(store), options);
  const lifecycle = new ProcessorRunner(new Lifecycle(store), options);
  await matcher.start();
  await lifecycle.start();
  return { matcher, lifecycle, stop: async () => void (await Promise.all([matcher.stop(), lifecycle.stop()])) };
};
