import fc from 'fast-check';
import { Pool } from 'pg';
import { createInMemoryStore, type EventStore } from '@quadra/event-store';
import { storeFeed } from '@quadra/event-feed';
import type { OrgId } from '@quadra/kernel';
import { COMUNE, PROVINCIA, aCredit, aFlow, aLine, aReceipt, day, idOfCredit } from '../../../test/support/facts';
import { anyFacts, runs } from '../../../test/support/histories';
import { takeIn, type Fact } from '../../../test/support/history';
import { conclude } from './testing/conclude';
import { withDatabase, type TestDatabase } from '../../../test/support/postgres';
import { coverageModel } from './coverage/projection';
import { creditsModel } from './credits/projection';
import { filesModel } from './files/projection';
import { flowsModel } from './flows/projection';
import { ReadModelHost } from './host';
import { organizationsModel } from './organizations/projection';
import { paymentsModel } from './payments/projection';
import { Queries } from './queries/queries';

const FACTORIES = [paymentsModel, flowsModel, creditsModel, filesModel, organizationsModel, coverageModel];
const PATIENCE_MS = 20_000;
const NOW = new Date('2026-03-20T12:00:00Z');

describe.each([
  ['', 1],
  [' over a feed in parts', 3],
])('the read models%s', (_, partitions) => {
  let database: TestDatabase;
  let pool: Pool;
  let store: EventStore;
  let host: ReadModelHost;
  let queries: Queries;

  const open = async (history: Pick<EventStore, 'subscribe'> = store): Promise<void> => {
    host = new ReadModelHost({ pool, store: history, feed: storeFeed(store, partitions), factories: FACTORIES });
    await host.start();
    queries = new Queries(
      pool,
      store,
      () => () => true,
      () => NOW,
    );
  };
  /** Facts, what the engine concludes of them, and both in the tables. */
  const know = async (org: OrgId, ...facts: readonly Fact[]): Promise<void> => {
    await takeIn(store, org, ...facts);
    await conclude(store, org);
    const head = await store.head();
    for (const runner of host.live) expect(await runner.waitFor(head, PATIENCE_MS)).toBe(true);
  };

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 12 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    await pool.query('drop schema if exists read cascade');
    store = createInMemoryStore();
    await open();
  });
  afterEach(async () => {
    await host.stop();
    await store.close();
  });

  const month: readonly Fact[] = [
    { kind: 'settings', settings: { usesNotifications: true } },
    ...Array.from({ length: 12 }, (_, i): Fact => ({ kind: 'receipt', iuv: `IUV${i}`, content: aReceipt(`R${i}`, 100 + i) })),
    { kind: 'receipt', iuv: 'IUV0', content: aReceipt('R0-again', 100) },
    { kind: 'receipt', iuv: 'KO', content: aReceipt('RKO', 50, { outcome: 'KO' }) },
    { kind: 'receipt', iuv: 'APRIL', content: aReceipt('RAPRIL', 70, { paidOn: day('2026-04-02') }) },
    {
      kind: 'flow',
      flow: aFlow(
        'F1',
        [0, 1, 2].map((i) => aLine(`IUV${i}`, `R${i}`, 100 + i)),
      ),
    },
    { kind: 'flow', flow: aFlow('F2', [aLine('IUV3', 'R3', 103), aLine('IUV4', 'R4', 99), aLine('NOWHERE', 'R99', 5)]) },
    { kind: 'flow', flow: aFlow('F3', [aLine('IUV5', 'R5', 105, { outcome: '3' })]) },
    { kind: 'credit', content: aCredit('1', 303, ['F1']) },
    { kind: 'credit', content: aCredit('2', 100, ['F2']) },
    { kind: 'credit', content: aCredit('3', 7, []) },
    { kind: 'storno', creditId: idOfCredit('3'), movement: { on: day('2026-03-06'), amountCents: 2 as never, ordinal: 0 } },
  ];

  describe('when they are rebuilt', () => {
    it('equal the live ones, table by table', async () => {
      await know(COMUNE, ...month);
      const before = await host.hashes();
      const results = await host.rebuild(host.names());
      expect(results.map((r) => [r.model, r.version, r.equal])).toEqual(FACTORIES.map((f) => [f(1).name, 2, true]));
      expect(await host.hashes()).toEqual(before);
    });

    it('equal the live ones where a calendar was changed and changed back', async () => {
      await know(COMUNE, ...month);
      for (const calendar of ['target', 'target-it'] as const) await know(COMUNE, { kind: 'settings', settings: { calendar } });
      expect(await host.rebuild(['payments'])).toMatchObject([{ equal: true }]);
      await know(COMUNE, { kind: 'settings', settings: { calendar: 'target' } });
      expect(await host.rebuild(['payments'])).toMatchObject([{ equal: true }]);
    });

    it('serve the same answers, and go on taking in what comes', async () => {
      await know(COMUNE, ...month);
      const before = await queries.payments(COMUNE, {}, { limit: 100 });
      await host.rebuild(host.names());
      expect(await queries.payments(COMUNE, {}, { limit: 100 })).toEqual(before);
      await know(COMUNE, { kind: 'receipt', iuv: 'LATE', content: aReceipt('RLATE', 1) });
      expect((await queries.payments(COMUNE, { text: 'LATE' }, { limit: 100 })).items).toHaveLength(1);
    });

    it('resume where a rebuild was interrupted, and are equal all the same', async () => {
      await know(COMUNE, ...month);
      const before = await host.hashes();
      await host.stop();
      let served = 0;
      await open({
        async *subscribe(after, options) {
          for await (const batch of store.subscribe(after, { ...options, batchSize: 3 })) {
            if (after < 9n && served++ > 2) throw new Error('the disk is full');
            yield batch;
          }
        },
      });
      await expect(host.rebuild(['payments'])).rejects.toThrow('the disk is full');
      await host.stop();
      const { rows } = await pool.query('select position::int from read.checkpoint where processor = $1 and version = 2', ['payments']);
      expect(rows[0].position).toBeGreaterThan(0);
      await open();
      expect(await host.rebuild(['payments'])).toMatchObject([{ model: 'payments', version: 2, equal: true }]);
      expect(await host.hashes()).toEqual(before);
    });

    it('equal the live ones for any history', () =>
      fc.assert(
        fc.asyncProperty(anyFacts(), async (facts) => {
          await know(COMUNE, ...facts);
          expect((await host.rebuild(host.names())).map((r) => r.equal)).toEqual(FACTORIES.map(() => true));
        }),
        { numRuns: runs(4), seed: 21 },
      ));
  });

  it('say that there is no model of a name that nobody knows', async () => {
    await expect(host.rebuild(['nonsense'])).rejects.toThrow('there is no read model nonsense');
  });

  describe('of two bodies that use the same ids', () => {
    const everything = async (org: OrgId): Promise<unknown> => {
      const page = { limit: 1_000 };
      const [payments, flows, credits] = [
        await queries.payments(org, {}, page),
        await queries.flows(org, {}, page),
        await queries.credits(org, {}, page),
      ];
      // Positions are of the store, as the header of every answer says them too.
      const { position: _, ...report } = await queries.reconciliationReport(org, { from: day('2026-03-01'), to: day('2026-03-31') });
      return {
        organization: await queries.organization(org),
        payments,
        flows,
        credits,
        files: await queries.files(org, {}, page),
        details: await Promise.all(
          [...new Set(payments.items.map((p) => p.iuv))].map((iuv) => queries.payment(org, iuv, { issuer: COMUNE })),
        ),
        flowDetails: await Promise.all(flows.items.map((f) => queries.flow(org, f.iuf))),
        versions: await Promise.all(flows.items.map((f) => queries.flowVersions(org, f.iuf))),
        lines: await Promise.all(flows.items.map((f) => queries.flowLines(org, f.iuf, page))),
        creditDetails: await Promise.all(credits.items.map((c) => queries.credit(org, c.creditId))),
        coverage: await queries.coverage(org),
        report,
      };
    };

    it('never show the one anything of the other, in any answer', () =>
      fc.assert(
        fc.asyncProperty(anyFacts(6), anyFacts(6), async (mine, theirs) => {
          await host.stop();
          await pool.query('drop schema read cascade');
          store = createInMemoryStore();
          await open();
          await know(COMUNE, ...mine);
          const alone = await everything(COMUNE);
          await know(PROVINCIA, ...theirs);
          expect(await everything(COMUNE)).toEqual(alone);
        }),
        { numRuns: runs(6), seed: 22 },
      ));

    it('find nothing under an id that only the other has', async () => {
      await know(COMUNE, ...month);
      await know(PROVINCIA, { kind: 'settings', settings: {} });
      expect(await queries.payment(PROVINCIA, 'IUV1')).toBeUndefined();
      expect(await queries.flow(PROVINCIA, 'F1')).toBeUndefined();
      expect(await queries.flowLines(PROVINCIA, 'F1', { limit: 10 })).toBeUndefined();
      expect(await queries.flowLines(COMUNE, 'F1', { limit: 10 }, { version: 2 })).toBeNull();
      expect(await queries.credit(PROVINCIA, idOfCredit('1'))).toBeUndefined();
      expect(await queries.history(PROVINCIA, 'IUV1')).toEqual([]);
    });
  });

  describe('in pages', () => {
    it.each([1, 2, 5, 100])('of %p show every row once, in one order', async (limit) => {
      await know(COMUNE, ...month);
      const walk = async <T>(read: (cursor?: string) => Promise<{ items: readonly T[]; nextCursor: string | null }>): Promise<T[]> => {
        const all: T[] = [];
        for (let cursor: string | undefined; ;) {
          const page = await read(cursor);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          all.push(...page.items);
          if (page.nextCursor === null) return all;
          cursor = page.nextCursor;
        }
      };
      const at = (cursor?: string) => ({ limit, ...(cursor !== undefined && { cursor }) });
      const payments = await walk((cursor) => queries.payments(COMUNE, {}, at(cursor)));
      expect(payments.map((p) => `${p.iuv} ${p.iur}`)).toEqual([...new Set(payments.map((p) => `${p.iuv} ${p.iur}`))].sort());
      expect(payments).toHaveLength(16);
      expect((await walk((cursor) => queries.flows(COMUNE, {}, at(cursor)))).map((f) => f.iuf)).toEqual(['F1', 'F2', 'F3']);
      expect(await walk((cursor) => queries.credits(COMUNE, {}, at(cursor)))).toHaveLength(3);
      const lines = await walk(async (cursor) => (await queries.flowLines(COMUNE, 'F1', at(cursor)))!);
      expect(lines.map((l) => l.iur)).toEqual(['R0', 'R1', 'R2']);
    });
  });

  describe('of a month', () => {
    const LANES = ['ok', 'inTerms', 'late', 'wrong', 'ownFault', 'notVerifiable'];
    const march = { from: day('2026-03-01'), to: day('2026-03-31') };

    it('give a lane to every payment, and the filter of a lane finds those that show it', async () => {
      await know(COMUNE, ...month);
      const all = (await queries.payments(COMUNE, {}, { limit: 1_000 })).items;
      const shown = new Set(all.map((p) => p.lane));
      expect(shown.size).toBeGreaterThan(2);
      for (const lane of LANES) {
        const found = (await queries.payments(COMUNE, { lane }, { limit: 1_000 })).items;
        expect(found).toEqual(all.filter((p) => p.lane === lane));
      }
      for (const discrepancy of new Set(all.flatMap((p) => p.discrepancies))) {
        const found = (await queries.payments(COMUNE, { discrepancy }, { limit: 1_000 })).items;
        expect(found).toEqual(all.filter((p) => p.discrepancies.includes(discrepancy)));
      }
    });

    it('add up in the report: opening + in − out = closing, and every transfer in one state and one lane', async () => {
      await know(COMUNE, ...month);
      const report = await queries.reconciliationReport(COMUNE, march);
      expect(report.checks.map((c) => c.holds)).toEqual([true, true, true]);
      expect(report).toMatchObject({ recorded: { count: 15 }, in: { count: 15 }, opening: { count: 0 } });
      const all = (await queries.payments(COMUNE, { to: march.to }, { limit: 1_000 })).items;
      for (const { key, count, cents } of report.states) {
        const rows = all.filter((p) => p.state === key);
        expect([key, count, cents]).toEqual([key, rows.length, rows.reduce((sum, p) => sum + p.amountCents, 0)]);
      }
      for (const { key, count } of report.lanes) expect([key, count]).toEqual([key, all.filter((p) => p.lane === key).length]);
    });

    it('carry what is open at the end of a month into the next one', async () => {
      await know(COMUNE, ...month);
      const [first, next] = [
        await queries.reconciliationReport(COMUNE, march),
        await queries.reconciliationReport(COMUNE, { from: day('2026-04-01'), to: day('2026-04-30') }),
      ];
      expect(next.opening).toEqual(first.closing);
      expect(next.in).toEqual({ count: 1, cents: 70 });
    });

    it('tie for any history', () =>
      fc.assert(
        fc.asyncProperty(anyFacts(), async (facts) => {
          await know(COMUNE, ...facts);
          const report = await queries.reconciliationReport(COMUNE, march);
          expect(report.checks.filter((c) => !c.holds)).toEqual([]);
        }),
        { numRuns: runs(6), seed: 23 },
      ));
  });
});
