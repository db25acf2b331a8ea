import { Pool, type ClientBase } from 'pg';
import { createInMemoryStore, type EventStore, type StoredEvent } from '@quadra/event-store';
import { storeFeed, type EventFeed } from '@quadra/event-feed';
import { withDatabase, type TestDatabase } from '../../../test/support/postgres';
import { CheckpointGone, Checkpoints, migrateProcessing } from './checkpoints';
import { ProcessorGroup } from './group';
import type { PartScope, Processor } from './processor';
import { HandedFeed } from './testing/handed-feed';

const SCHEMA = 'svc';
const PARTS = 3;
const PATIENCE_MS = 20_000;
const ORGS = Array.from({ length: 12 }, (_, i) => String(i + 1).padStart(11, '0'));

describe('a processor over a feed in parts', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: EventStore;
  let poison: Set<bigint>;
  const groups: ProcessorGroup[] = [];
  const instances: { readonly scope: PartScope; readonly orgs: Set<string> }[] = [];

  /** Writes down every event it is handed, without any protection: what is handled twice stands twice. */
  const scribe = (scope: PartScope): Processor => {
    const mine = { scope, orgs: new Set<string>() };
    instances.push(mine);
    return {
      name: 'scribe',
      version: 1,
      categories: ['payment'],
      batchSize: 10,
      migrate: async (client: ClientBase) => {
        await client.query('create table if not exists seen (n serial, position bigint not null, org text not null)');
      },
      handle: async (batch: readonly StoredEvent[], tx: ClientBase) => {
        for (const e of batch) {
          await tx.query('insert into seen (position, org) values ($1, $2)', [String(e.position), e.stream.slice(8, 19)]);
          mine.orgs.add(e.stream.slice(8, 19));
        }
        if (batch.some((e) => poison.has(e.position))) throw new Error('cannot read this');
        return { lastOutput: batch[batch.length - 1]!.position };
      },
    };
  };
  const group = (feed: EventFeed): ProcessorGroup => {
    const made = new ProcessorGroup(scribe, { pool, store, feed, schema: SCHEMA, retryDelayMs: 5 });
    groups.push(made);
    return made;
  };
  const record = async (orgs: readonly string[] = ORGS): Promise<bigint> => {
    for (const org of orgs) {
      const stream = `payment-${org}_A`;
      const expected = (await store.read(stream)).length - 1;
      const meta = { commandId: `${stream}/${expected}`, actor: 'test' };
      await store.append({ stream, expected, events: [{ type: 'Happened', data: {}, meta }] });
    }
    return store.head();
  };
  const seen = async (): Promise<number[]> =>
    (await pool.query('select position::int from seen order by position')).rows.map((r: { position: number }) => r.position);
  const upTo = (head: bigint): number[] => Array.from({ length: Number(head) }, (_, i) => i + 1);
  const checkpoints = (): Checkpoints => new Checkpoints(pool, SCHEMA, 'scribe', 1);

  beforeEach(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 10 });
    store = createInMemoryStore();
    poison = new Set();
    instances.length = 0;
    await migrateProcessing(pool, SCHEMA);
  });
  afterEach(async () => {
    await Promise.all(groups.splice(0).map((made) => made.stop()));
    await store.close();
    await pool.end();
    await database.drop();
  });

  it('has an instance of its own for each part, and each event goes to one of them', async () => {
    const head = await record();
    const made = group(storeFeed(store, PARTS));
    await made.start();
    expect(await made.waitFor(head, PATIENCE_MS)).toBe(true);
    expect(await seen()).toEqual(upTo(head));
    const working = instances.filter(({ orgs }) => orgs.size > 0);
    expect(working.length).toBeGreaterThan(1);
    for (const { scope, orgs } of working) expect([...orgs].filter((org) => !scope.owns(org))).toEqual([]);
    expect(made.status()).toMatchObject({ caughtUp: true, running: true, position: String(head), eventsHandled: Number(head) });
    expect(made.status().partitions.map((p) => [p.partition, p.here])).toEqual([0, 1, 2].map((p) => [p, true]));
  });

  describe('of two processes', () => {
    let feeds: [HandedFeed, HandedFeed];
    let pair: [ProcessorGroup, ProcessorGroup];

    beforeEach(async () => {
      feeds = [new HandedFeed(store, PARTS), new HandedFeed(store, PARTS)];
      pair = [group(feeds[0]), group(feeds[1])];
      for (const made of pair) await made.start();
    });

    it('can be waited for and looked at in either of them', async () => {
      feeds[0].give(0);
      feeds[1].give(1, 2);
      const head = await record();
      for (const made of pair) expect(await made.waitFor(head, PATIENCE_MS)).toBe(true);
      for (const made of pair) await made.refresh();
      expect(pair[0].status().position).toBe(pair[1].status().position);
      expect(pair[0].status().partitions.map((p) => p.here)).toEqual([true, false, false]);
      expect(pair[1].status().partitions.map((p) => p.here)).toEqual([false, true, true]);
    });

    it('tells when it is asked now what the parts of the other process have done', async () => {
      feeds[0].give(0);
      feeds[1].give(1, 2);
      const head = await record();
      for (const made of pair) expect(await made.waitFor(head, PATIENCE_MS)).toBe(true);
      const later = await record();
      const told = async (): Promise<boolean> => {
        const [one, other] = await Promise.all(pair.map((made) => made.report(true)));
        return one!.caughtUp && other!.caughtUp && BigInt(one!.position) >= later && BigInt(other!.position) >= later;
      };
      const end = Date.now() + PATIENCE_MS;
      while (!(await told()) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await told()).toBe(true);
    });

    it('loses and doubles nothing when parts move from one to the other', async () => {
      feeds[0].give(0, 1, 2);
      await record();
      for (const [from, to, parts] of [
        [0, 1, [1, 2]],
        [1, 0, [2]],
        [0, 1, [0, 2]],
      ] as const) {
        await record();
        await feeds[from].take(...parts);
        await record();
        feeds[to].give(...parts);
      }
      const head = await record();
      expect(await pair[0].waitFor(head, PATIENCE_MS)).toBe(true);
      expect(await seen()).toEqual(upTo(head));
    });

    it('hands a parked organization what it missed, whichever is asked, and the one that works on its part goes on with it', async () => {
      feeds[0].give(0, 1, 2);
      const [org] = ORGS as [string];
      poison.add(await record([org]));
      const head = await record();
      expect(await pair[0].waitFor(head, PATIENCE_MS)).toBe(true);
      await pair[1].refresh();
      expect(pair.map((made) => made.isBehind(org))).toEqual([true, true]);
      expect(pair[1].status().parked).toEqual([org]);
      poison.clear();
      expect(await pair[1].retryParked(org)).toBe(true);
      const end = await record();
      expect(await pair[0].waitFor(end, PATIENCE_MS)).toBe(true);
      expect(pair[0].isBehind(org)).toBe(false);
      expect(await seen()).toEqual(upTo(end));
    });
  });

  it('begins where the last part stood when the feed is divided otherwise', async () => {
    const before = group(storeFeed(store, PARTS));
    await before.start();
    await before.waitFor(await record(), PATIENCE_MS);
    await before.stop();
    await pool.query(`update ${SCHEMA}.checkpoint set position = 5 where partition = 1`);
    await checkpoints().prepare(2);
    expect([...(await checkpoints().all()).values()].map((c) => c.position)).toEqual([5n, 5n]);
    await checkpoints().prepare(2);
    expect([...(await checkpoints().all()).values()].map((c) => c.moves)).toEqual([0n, 0n]);
  });

  it('cannot write any more where another process runs it over another number of parts', async () => {
    const made = group(storeFeed(store, PARTS));
    await made.start();
    await made.waitFor(await record(), PATIENCE_MS);
    const before = await seen();
    await checkpoints().prepare(1);
    await record();
    while (made.isRunning) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(made.status()).toMatchObject({ running: false, error: expect.stringContaining('is not run over 3 partition(s) any more') });
    expect(await seen()).toEqual(before);
    await expect(checkpoints().load(0, PARTS)).rejects.toThrow(CheckpointGone);
  });

  it('goes on at the place that a version of the product without parts left', async () => {
    await pool.query(`
      drop table ${SCHEMA}.checkpoint;
      create table ${SCHEMA}.checkpoint (
        processor text collate "C" not null, version int not null, position bigint not null, last_output bigint not null,
        updated_at timestamptz not null default now(), primary key (processor, version));
      insert into ${SCHEMA}.checkpoint values ('scribe', 1, 4, 3)`);
    await migrateProcessing(pool, SCHEMA);
    const head = await record();
    const made = group(storeFeed(store));
    await made.start();
    expect(await made.waitFor(head, PATIENCE_MS)).toBe(true);
    expect(await seen()).toEqual(upTo(head).slice(4));
  });

  it('knows a mark that brought no event a moment later in the table too', async () => {
    const made = group(storeFeed(store));
    await made.start();
    const meta = { commandId: 'other', actor: 'test' };
    await store.append({ stream: `credit-${ORGS[0]}_A`, expected: -1, events: [{ type: 'Happened', data: {}, meta }] });
    const head = await store.head();
    expect(await made.waitFor(head, PATIENCE_MS)).toBe(true);
    while ((await checkpoints().load(0, 1)).position < head) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
