import type { ClientBase } from 'pg';
import { orgOf } from '@quadra/kernel';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { PaymentFact, PaymentVoid } from '@quadra/domain';
import { Recent } from '@quadra/processing';
import type { Processor } from '@quadra/processing';
import { idOf, keyOf } from './docs';
import { FlowStreams } from './flow-streams';
import type { PaymentDoc } from './tables';
import * as tables from './tables';
import { Work } from './work';

/** Some 40 MB at the most in a process: payments that a flow or its money will touch soon. */
const RECENT_PAYMENTS = 20_000;
/** Some 20 MB at the most in a process. */
const RECENT_LINES = 60_000;

/**
 * Carries facts, completed flows and judgements into the payment streams. For every payment touched it computes part one
 * of the conclusion and appends what its stream does not say yet. Idempotent and resumable: what was appended before a
 * crash is found again as a conflict, read, and not said twice.
 */
export class Lifecycle implements Processor {
  readonly name = 'lifecycle';
  readonly version = 1;
  readonly categories = ['payment', 'settlementFlow', 'reconciliation', 'organization'];
  readonly batchSize = 10_000;

  /** Conclusions after this position were appended by this process and folded when they were: they are no news. */
  private since: bigint | undefined;

  private readonly recent: Recent<PaymentDoc>;
  private readonly flows: FlowStreams;
  /** Payments known from their streams before the feed brought their first event. */
  private readonly early = new Set<string>();

  /** @param instances how many of them the process may run: they share its memory. */
  constructor(
    private readonly store: EventStore,
    instances = 1,
  ) {
    this.recent = new Recent(Math.ceil(RECENT_PAYMENTS / instances));
    this.flows = new FlowStreams(Math.ceil(RECENT_LINES / instances));
  }

  async migrate(client: ClientBase): Promise<void> {
    await tables.migrateLifecycle(client);
  }

  /** What was appended stays in the streams although the tables were rolled back: it is news again. */
  reset(): void {
    this.since = undefined;
    this.recent.clear();
    this.flows.clear();
    this.early.clear();
  }

  async handle(batch: readonly StoredEvent[], tx: ClientBase): Promise<{ lastOutput?: bigint }> {
    this.since ??= await this.store.head();
    const work = new Work(this.store, tx, batch[batch.length - 1]!, this.since, {
      recent: this.recent,
      flows: this.flows,
      early: this.early,
    });
    const reconfigured = await work.takeSettings(batch);
    const flows = await work.takeFlows(batch);
    const facts = newsOf(batch, this.since);
    await work.conclude(facts, flows);
    for (const org of reconfigured) await work.concludeAll(org);
    return work.lastOutput === undefined ? {} : { lastOutput: work.lastOutput };
  }
}

const FACTS: ReadonlySet<string> = new Set<(PaymentFact | PaymentVoid)['type']>([
  'ReceiptReceived',
  'ReceiptConflicted',
  'PaymentNotified',
  'ReceiptVoided',
  'NoticeVoided',
]);

/** Facts, facts taken back, and conclusions of an earlier process, which its tables may not hold. */
const newsOf = (batch: readonly StoredEvent[], since: bigint): Map<string, StoredEvent[]> => {
  const facts = new Map<string, StoredEvent[]>();
  for (const event of batch) {
    if (!event.stream.startsWith('payment-') || (!FACTS.has(event.type) && event.position > since)) continue;
    const key = keyOf([orgOf(event.stream), idOf(event.stream)]);
    const known = facts.get(key);
    if (known) known.push(event);
    else facts.set(key, [event]);
  }
  return facts;
};
