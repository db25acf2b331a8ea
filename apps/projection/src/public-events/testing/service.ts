import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { createInMemoryStore } from '@quadra/event-store';
import type { EventStore } from '@quadra/event-store';
import { storeFeed } from '@quadra/event-feed';
import type { Allocation, FlowFunding } from '@quadra/domain';
import { reconciliationStream } from '@quadra/domain';
import type { OrgId } from '@quadra/kernel';
import type { KeyRequest } from '@quadra/platform';
import { ApiKeys, IdempotencyStore, MetricsRegistry, createHttpApp, createLogger, migratePlatform, openKeyring } from '@quadra/platform';
import { ReadModelHost, paymentTeller, paymentsModel, publicEventsModel } from '@quadra/read-models';
import type { Fact } from '../../../../../test/support/history';
import { takeIn } from '../../../../../test/support/history';
import type { TestDatabase } from '../../../../../test/support/postgres';
import { withDatabase } from '../../../../../test/support/postgres';
import type { PublicEventsOptions, PublicEventsService } from '..';
import { PublicEventsModule, startPublicEvents } from '..';

const PATIENCE_MS = 20_000;

/** Asks until the answer is there. @throws when it does not come */
export const until = async <T>(ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> => {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error('it did not come');
};

/** The public events with their HTTP interface, on a store in memory and a database of their own. */
export class PublicEventsUnderTest {
  readonly store: EventStore = createInMemoryStore();
  url = '';
  pool!: Pool;
  keys!: ApiKeys;
  service!: PublicEventsService;
  private database!: TestDatabase;
  private host!: ReadModelHost;
  private closing: (() => Promise<void>)[] = [];

  async open(options: Partial<PublicEventsOptions> = {}): Promise<void> {
    this.database = await withDatabase();
    this.pool = new Pool({ connectionString: this.database.url, max: 12 });
    await migratePlatform(this.pool);
    const factories = [(version: number) => paymentsModel(version, undefined, undefined, paymentTeller()), publicEventsModel];
    this.host = new ReadModelHost({ pool: this.pool, store: this.store, feed: storeFeed(this.store), factories });
    await this.host.start();
    this.service = await startPublicEvents({
      pool: this.pool,
      databaseUrl: this.database.url,
      keyring: openKeyring({ secret: 'x'.repeat(32) }),
      settings: { retentionDays: 90, allowPrivateWebhooks: true, topicReplication: 1 },
      dispatcher: { tickMs: 20 },
      ...options,
    });
    this.keys = new ApiKeys(this.pool);
    await this.serve();
  }

  private async serve(): Promise<void> {
    const app = await createHttpApp({
      modules: [PublicEventsModule.forRoot(this.service)],
      logger: createLogger('silent'),
      keys: this.keys,
      operation: { version: '0', profile: 'standalone', metrics: new MetricsRegistry(), checks: [] },
      consistency: {
        waitFor: () => Promise.resolve(true),
        position: () => Promise.resolve('0'),
        isStale: () => Promise.resolve(false),
      },
      idempotency: new IdempotencyStore(this.pool),
      rateLimit: 0,
      trustProxy: 0,
    });
    await app.listen(0, '127.0.0.1');
    this.url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
    this.closing.push(() => app.close());
  }

  async close(): Promise<void> {
    for (const close of this.closing) await close();
    await this.service?.stop();
    await this.host?.stop();
    await this.store.close();
    await this.pool?.end();
    await this.database?.drop();
  }

  key(request: Partial<KeyRequest> = {}): string {
    return this.keys.createPassing({ name: 'test', roles: ['integrator'], organizations: '*', ...request });
  }

  /** Takes facts in and waits until what they tell stands in the outbox. */
  async know(org: OrgId, ...facts: readonly Fact[]): Promise<void> {
    await takeIn(this.store, org, ...facts);
    await this.settled();
  }

  /** What the matcher would conclude. */
  async judge(org: OrgId, allocated: readonly Allocation[], flows: readonly FlowFunding[]): Promise<void> {
    const stream = reconciliationStream(org);
    const expected = (await this.store.read(stream)).length - 1;
    const data = { basis: '0', released: [], allocated, flows, ruleSet: 'base-1' };
    const meta = { commandId: `judge/${expected}`, actor: 'test' };
    await this.store.append({ stream, expected, events: [{ type: 'AllocationsChanged', data, meta }] });
    await this.settled();
  }

  private async settled(): Promise<void> {
    const head = await this.store.head();
    for (const group of this.host.live)
      if (!(await group.waitFor(head, PATIENCE_MS))) throw new Error('the read models did not come so far');
  }
}
