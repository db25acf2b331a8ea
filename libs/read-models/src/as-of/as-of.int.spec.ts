import fc from 'fast-check';
import type { ClientBase } from 'pg';
import { Pool } from 'pg';
import { storeFeed } from '@quadra/event-feed';
import { createInMemoryStore, type EventStore, type StoredEvent } from '@quadra/event-store';
import { importFileStream, journalStream } from '@quadra/domain';
import { orgOf, romeDate, toDate } from '@quadra/kernel';
import { COMUNE, PROVINCIA } from '../../../../test/support/facts';
import { anyFacts, runs } from '../../../../test/support/histories';
import { takeIn, takeInFrom, type Fact } from '../../../../test/support/history';
import { withDatabase, type TestDatabase } from '../../../../test/support/postgres';
import { takeBack } from '../../../../test/support/voids';
import { coverageModel } from '../coverage/projection';
import { creditsModel } from '../credits/projection';
import { filesModel } from '../files/projection';
import { flowsModel } from '../flows/projection';
import { ReadModelHost } from '../host';
import type { ModelTable } from '../model';
import { shownRows, tableName } from '../model';
import { organizationsModel } from '../organizations/projection';
import { paymentsModel } from '../payments/projection';
import { Queries } from '../queries/queries';
import { conclude } from '../testing/conclude';
import type { ModelName } from './as-of';
import { AsOf } from './as-of';

const FACTORIES = [paymentsModel, flowsModel, creditsModel, filesModel, organizationsModel, coverageModel];
const PAST = [paymentsModel, flowsModel, creditsModel, filesModel, coverageModel];
const MODELS: readonly ModelName[] = ['payments', 'flows', 'credits', 'files', 'coverage'];
/** A version that the host never runs: the history up to a position, as if it had ended there. */
const THEN = 99;

describe('what the engine knew at a position', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: EventStore;
  let host: ReadModelHost;

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 12 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const open = async (): Promise<void> => {
    await pool.query('drop schema if exists read cascade');
    store = createInMemoryStore();
    host = new ReadModelHost({ pool, store, feed: storeFeed(store, 1), factories: FACTORIES });
    await host.start();
  };
  const close = async (): Promise<void> => {
    await host.stop();
    await store.close();
  };
  const eventsOf = async (): Promise<StoredEvent[]> => {
    const abort = new AbortController();
    for await (const { events } of store.subscribe(0n, { categories: [], batchSize: 1_000_000, signal: abort.signal })) {
      abort.abort();
      return [...events];
    }
    return [];
  };
  const settled = async (): Promise<void> => {
    const head = await store.head();
    for (const model of host.live) expect(await model.waitFor(head, 20_000)).toBe(true);
    for (const model of host.live) await model.flush();
  };

  const fileEvents = async (fileId: string, ...events: readonly { type: string; data: object }[]): Promise<void> => {
    const stream = importFileStream(COMUNE, fileId);
    for (const event of events) {
      const expected = (await store.read(stream)).length - 1;
      const meta = { commandId: `${fileId}/${expected}`, actor: 'test' };
      await store.append({ stream, expected, events: [{ ...event, meta }] });
    }
  };
  const counts = { read: 1, recorded: 1, unchanged: 0, conflicting: 0, ignored: 0, rejected: 0, recordedCents: 5 };
  const accepted = { type: 'FileAccepted', data: { name: 'f', sha256: 's', attempt: 1, bytes: 3 } };
  const imported = { type: 'FileImported', data: { format: 'receipt-csv', parserVersion: 1, counts } };
  const voided = [
    { type: 'FileVoided', data: { reason: 'wrong' } },
    { type: 'FileVoidCompleted', data: { facts: 1, readAgain: 0 } },
  ];
  const pages = async (documentId: string, fileId: string, ...numbers: readonly number[]): Promise<void> => {
    const stream = journalStream(COMUNE, '03069', documentId);
    for (const page of numbers) {
      const expected = (await store.read(stream)).length - 1;
      const header = {
        treasurer: '03069',
        documentId,
        fiscalYear: 2026,
        from: '2026-03-02',
        to: '2026-03-02',
        page,
        pagesTotal: 2,
        schema: '1',
      };
      const meta = { commandId: `${documentId}/${expected}`, actor: 'test', source: { fileId } };
      await store.append({ stream, expected, events: [{ type: 'JournalReported', data: { ...header, accounts: [] }, meta }] });
    }
  };

  /** Two waves of facts with judgements after each, a file taken back in between, and the calendar changed. */
  const live = async (first: readonly Fact[], second: readonly Fact[], changes: boolean): Promise<void> => {
    await fileEvents('F1', accepted, imported);
    await pages('J1', 'A', 1, 2);
    await takeIn(store, COMUNE, { kind: 'settings', settings: {} });
    await takeInFrom(store, COMUNE, 'A', first);
    await takeIn(store, PROVINCIA, ...first);
    await conclude(store, COMUNE);
    await settled();
    await fileEvents('F2', accepted);
    await takeInFrom(store, COMUNE, 'B', second);
    await conclude(store, COMUNE);
    await fileEvents('F1', ...voided);
    await takeBack(store, COMUNE, 'A');
    if (changes) await takeIn(store, COMUNE, { kind: 'settings', settings: { calendar: 'target', usesNotifications: true } });
    await conclude(store, COMUNE);
    await takeInFrom(store, COMUNE, 'A_2', first);
    await pages('J1', 'A_2', 1);
    await fileEvents('F2', imported);
    await conclude(store, COMUNE);
    await settled();
  };

  const rowsIn = async (client: ClientBase, from: string, { columns, key }: ModelTable): Promise<unknown[]> => {
    const list = columns.map((c) => `${c}::text`).join(', ');
    return (await client.query(`select ${list} from ${from} order by ${key.map((k) => `${k}::text`).join(', ')}`)).rows;
  };

  /** The tables of read models that were fed with the history up to a position and not further. */
  const fedUpTo = async (position: bigint): Promise<Record<string, unknown[]>> => {
    const client = await pool.connect();
    const all = (await eventsOf()).filter((e) => e.position <= position && orgOf(e.stream) === COMUNE);
    try {
      await client.query('begin');
      const result: Record<string, unknown[]> = {};
      for (const factory of PAST) {
        const model = factory(THEN);
        await model.migrate(client);
        const events = all.filter((e) => model.categories.includes(e.stream.split('-', 1)[0]!));
        if (events.length > 0) await model.handle(events, client);
        const [table] = model.tables;
        result[model.name] = await rowsIn(client, shownRows(tableName(table!.name, THEN), table!), table!);
      }
      return result;
    } finally {
      await client.query('rollback');
      client.release();
    }
  };

  const lookBack = (position: bigint): Promise<Record<string, unknown[]>> =>
    new AsOf(pool, store).at(COMUNE, position, MODELS, async ({ client, schema }) => {
      const result: Record<string, unknown[]> = {};
      for (const factory of PAST) {
        const { name, tables } = factory(THEN);
        result[name] = await rowsIn(client as ClientBase, `${schema}.${tables[0]!.name}`, tables[0]!);
      }
      return result;
    });

  it('is what read models hold that were fed so far and no further, at any position', () =>
    fc.assert(
      fc.asyncProperty(
        anyFacts(8),
        anyFacts(8),
        fc.boolean(),
        fc.array(fc.nat(999), { minLength: 4, maxLength: 4 }),
        async (first, second, changes, marks) => {
          await open();
          try {
            await live(first, second, changes);
            const head = await store.head();
            for (const mark of [...marks.map((m) => (head * BigInt(m)) / 999n), 0n, head]) {
              expect({ mark, rows: await lookBack(mark) }).toEqual({ mark, rows: await fedUpTo(mark) });
            }
          } finally {
            await close();
          }
        },
      ),
      { numRuns: runs(4), seed: 41 },
    ));

  it('ties at every position, and the reports of the present and of the last position are one', async () => {
    await open();
    try {
      const facts = fc.sample(anyFacts(10), { numRuns: 4, seed: 7 });
      await live([...facts[0]!, ...facts[1]!], [...facts[2]!, ...facts[3]!], false);
      const queries = new Queries(
        pool,
        store,
        () => () => true,
        () => new Date('2026-03-20T12:00:00Z'),
      );
      const period = { from: toDate('2026-03-01'), to: toDate('2026-03-31'), today: romeDate(new Date('2026-03-20T12:00:00Z')) };
      const known = new Set<number>();
      const instants = [...new Set((await eventsOf()).map((e) => e.meta.recordedAt))];
      for (const instant of instants) {
        const asOf = new Date(instant);
        const report = await queries.reconciliationReport(COMUNE, { ...period, asOf });
        expect(report.checks.filter((check) => !check.holds)).toEqual([]);
        expect(report).toMatchObject({
          position: String(await store.positionAt(asOf)),
          asOf: asOf.toISOString(),
          ruleSet: 'default-1/engine-1',
        });
        const { items } = await queries.payments(COMUNE, { from: period.from, to: period.to }, { limit: 1000 }, { asOf });
        const inMarch = report.recorded.count;
        expect(items).toHaveLength(inMarch);
        known.add(inMarch);
      }
      expect(known.size).toBeGreaterThan(2);
      const {
        position: _,
        asOf: __,
        ...last
      } = await queries.reconciliationReport(COMUNE, { ...period, asOf: new Date(instants.at(-1)!) });
      const { position: ___, asOf: ____, ...now } = await queries.reconciliationReport(COMUNE, period);
      expect(last).toEqual(now);
    } finally {
      await close();
    }
  });
});
