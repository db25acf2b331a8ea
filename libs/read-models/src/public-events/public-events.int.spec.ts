import { Pool } from 'pg';
import { createInMemoryStore, type EventStore } from '@quadra/event-store';
import { cloudEventJson, storeFeed, type PublicEventType, type StoredPublicEvent } from '@quadra/event-feed';
import type { OrgId } from '@quadra/kernel';
import { COMUNE, PROVINCIA, aCredit, aFlow, aLine, aReceipt, day, eur, idOfCredit } from '../../../../test/support/facts';
import { takeIn, type Fact } from '../../../../test/support/history';
import { withDatabase, type TestDatabase } from '../../../../test/support/postgres';
import { ReadModelHost } from '../host';
import { paymentsModel } from '../payments/projection';
import type { ModelFactory } from '../model';
import { conclude } from '../testing/conclude';
import { paymentTeller, publicCursor, parsePublicCursor, PublicEvents, PublicEventsExpired, publicEventsModel } from '.';

const FACTORIES: readonly ModelFactory[] = [(v, scope) => paymentsModel(v, scope, undefined, paymentTeller()), publicEventsModel];
const PATIENCE_MS = 20_000;

/** `credit.explained` for `it.quadra.credit.explained.v1`. */
const short = (type: PublicEventType): string => type.replace(/^it\.quadra\.|\.v1$/g, '');

describe('the outbox of public events', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: EventStore;
  let host: ReadModelHost;
  let events: PublicEvents;

  const open = async (): Promise<void> => {
    host = new ReadModelHost({ pool, store, feed: storeFeed(store), factories: FACTORIES });
    await host.start();
  };
  const settled = async (): Promise<void> => {
    const head = await store.head();
    for (const group of host.live) expect(await group.waitFor(head, PATIENCE_MS)).toBe(true);
  };
  const know = async (org: OrgId, ...facts: readonly Fact[]): Promise<void> => {
    await takeIn(store, org, ...facts);
    await conclude(store, org);
    await settled();
  };
  const all = async (filter = {}): Promise<StoredPublicEvent[]> => [...(await events.after(0n, filter, 100_000)).events];
  const dataOf = <T = Record<string, unknown>>(list: readonly StoredPublicEvent[], type: string): T[] =>
    list.filter((e) => short(e.type) === type).map((e) => JSON.parse(e.data) as T);

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 16, options: '-c synchronous_commit=off' });
    events = new PublicEvents(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    await pool.query('drop schema if exists read cascade; drop schema if exists public_events cascade');
    store = createInMemoryStore();
    await open();
  });
  afterEach(async () => {
    await host.stop();
    await store.close();
  });

  const receipt: Fact = { kind: 'receipt', iuv: 'IUV1', content: aReceipt('R1', 10_000) };
  const flow: Fact = { kind: 'flow', flow: aFlow('F1', [aLine('IUV1', 'R1', 10_000)]) };
  const credit: Fact = { kind: 'credit', content: aCredit('4411', 10_000, ['F1']) };
  const creditId = idOfCredit('4411');

  it('tells the way of a payment from the receipt to the account, and of the credit that brought it', async () => {
    await know(COMUNE, receipt);
    await know(COMUNE, flow);
    await know(COMUNE, credit);
    const told = await all();
    const ofPayment = told.filter((e) => e.subject === `${COMUNE}/payments/IUV1/R1/1`);
    expect(ofPayment.map((e) => [short(e.type), e.sequence, e.correction])).toEqual([
      ['payment.received', 1, false],
      ['transfer.state-changed', 2, false],
      ['transfer.state-changed', 3, false],
    ]);
    expect(dataOf(ofPayment, 'transfer.state-changed')).toEqual([
      expect.objectContaining({ from: 'paid', to: 'reported', iuf: 'F1', reportedCents: 10_000, creditedCents: 0, evidence: ['flow:F1'] }),
      expect.objectContaining({ from: 'reported', to: 'credited', creditedCents: 10_000, evidence: ['flow:F1', `credit:${creditId}`] }),
    ]);
    expect(told.filter((e) => e.subject === `${COMUNE}/settlement-flows/F1`).map((e) => [short(e.type), e.sequence])).toEqual([
      ['flow.published', 1],
      ['flow.funding-changed', 2],
    ]);
    expect(dataOf(told, 'flow.funding-changed')).toEqual([
      expect.objectContaining({ state: 'funded', allocatedCents: 10_000, residualCents: 0, credits: [{ creditId, cents: 10_000 }] }),
    ]);
    expect(dataOf(told, 'credit.explained')).toEqual([
      {
        ...{ org: COMUNE, creditId, treasurer: '03069', fiscalYear: 2026, documentNumber: '4411', amountCents: 10_000, reversedCents: 0 },
        ...{ allocatedCents: 10_000, residualCents: 0 },
        flows: [{ iuf: 'F1', psp: 'PSP1', revision: 1, allocatedCents: 10_000 }],
        byAssessment: [{ chapter: null, assessment: null, amountCents: 10_000 }],
        ...{ bookable: true, bookableBecause: [], method: 'iuf-exact', evidence: ['remittance:exact'] },
      },
    ]);
  });

  it('gives every event an id of its own, also where one event of the history opens two discrepancies of a transfer', async () => {
    await know(COMUNE, { kind: 'flow', flow: aFlow('F1', [aLine('IUV1', 'R1', 10_000), aLine('IUV1', 'R2', 10_000)]) });
    const opened = await all({ types: ['it.quadra.transfer.discrepancy-opened.v1'] });
    expect(opened.length - new Set(opened.map((e) => `${e.subject} ${e.position}`)).size).toBeGreaterThan(0);
    const told = await all();
    const ids = told.map((e) => (JSON.parse(cloudEventJson(e)) as { id: string }).id);
    expect(new Set(ids).size).toBe(told.length);
  });

  it('takes back what a storno makes untrue, flagged as a correction', async () => {
    await know(COMUNE, receipt, flow, credit);
    await know(COMUNE, { kind: 'storno', creditId, movement: { on: day('2026-03-06'), amountCents: eur(10_000), ordinal: 0 } });
    const told = await all();
    expect(dataOf(told, 'credit.reversed')).toEqual([
      expect.objectContaining({ amountCents: 10_000, totalReversedCents: 10_000, netCents: 0 }),
    ]);
    const last = told.filter((e) => short(e.type) === 'credit.explained').at(-1)!;
    expect(last.correction).toBe(true);
    expect(JSON.parse(last.data)).toMatchObject({ allocatedCents: 0, residualCents: 0, flows: [], byAssessment: [], bookable: false });
    const back = told.filter((e) => short(e.type) === 'transfer.state-changed').at(-1)!;
    expect([JSON.parse(back.data), back.correction]).toEqual([expect.objectContaining({ from: 'credited', to: 'reported' }), true]);
  });

  it('keeps the laws of every explained credit: shares add up, allocated and residual make the net amount', async () => {
    await know(COMUNE, receipt, flow, credit, { kind: 'credit', content: aCredit('2', 50, ['F1']) });
    await know(COMUNE, { kind: 'storno', creditId, movement: { on: day('2026-03-06'), amountCents: eur(3_000), ordinal: 0 } });
    const told = dataOf<any>(await all(), 'credit.explained');
    expect(told.length).toBeGreaterThan(1);
    for (const e of told) {
      expect(e.byAssessment.reduce((sum: number, a: any) => sum + a.amountCents, 0)).toBe(e.allocatedCents);
      expect(e.flows.reduce((sum: number, f: any) => sum + f.allocatedCents, 0)).toBe(e.allocatedCents);
      expect(e.allocatedCents + e.residualCents).toBe(e.amountCents - e.reversedCents);
    }
  });

  const many: readonly Fact[] = Array.from({ length: 700 }, (_, i): Fact => ({
    kind: 'receipt',
    iuv: `M${i}`,
    content: aReceipt(`RM${i}`, 100 + i),
  }));

  it('numbers everything without a hole, and each subject 1, 2, 3 …', async () => {
    await know(COMUNE, ...many, receipt, flow, credit);
    await know(PROVINCIA, receipt, flow);
    const told = await all();
    expect(told.map((e) => Number(e.seq))).toEqual(told.map((_, i) => i + 1));
    expect((await events.ends()).head).toBe(BigInt(told.length));
    const sequences = new Map<string, number[]>();
    for (const e of told) sequences.set(e.subject, [...(sequences.get(e.subject) ?? []), e.sequence]);
    for (const numbers of sequences.values()) expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    expect(new Set(told.map((e) => (JSON.parse(cloudEventJson(e)) as { id: string }).id)).size).toBe(told.length);
  });

  it('hears nothing from a rebuild, and goes on without gap or repetition after the swap', async () => {
    await know(COMUNE, receipt, flow);
    const before = await all();
    for (let i = 0; i < 2; i++) await host.rebuild(host.names());
    expect(await all()).toEqual(before);
    await know(COMUNE, credit);
    const after = await all();
    expect(after.slice(0, before.length)).toEqual(before);
    const ofPayment = after.filter((e) => e.subject === `${COMUNE}/payments/IUV1/R1/1`);
    expect(ofPayment.map((e) => e.sequence)).toEqual([1, 2, 3]);
  }, 60_000);

  it('tells the same when everything comes at once and when it comes piece by piece', async () => {
    const comparable = (list: readonly StoredPublicEvent[]) =>
      list
        .map(
          (e) => `${e.subject} ${e.sequence} ${e.type} ${e.position} ${e.correction} ${e.data.replace(/"(since|closedAt)":"[^"]*"/g, '')}`,
        )
        .sort();
    await know(COMUNE, receipt);
    await know(COMUNE, flow);
    await know(COMUNE, credit);
    const piecewise = comparable(await all());
    await host.stop();
    await pool.query('drop schema read cascade; drop schema public_events cascade');
    await open();
    await settled();
    expect(comparable(await all())).toEqual(piecewise);
  });

  it('holds back nothing when a batch fails on the way: the transaction of the rows is that of the events', async () => {
    await know(COMUNE, receipt);
    await pool.query(`alter table public_events.outbox rename to gone`);
    await takeIn(store, COMUNE, { kind: 'receipt', iuv: 'IUV2', content: aReceipt('R2', 5) });
    const parked = async () =>
      (await pool.query(`select count(*)::int as n from read.parked where processor = 'payments'`)).rows[0].n as number;
    for (const end = Date.now() + PATIENCE_MS; (await parked()) === 0 && Date.now() < end;) await new Promise((r) => setTimeout(r, 20));
    expect((await pool.query(`select iuv from read.transfer order by iuv`)).rows).toEqual([{ iuv: 'IUV1' }]);
    await pool.query(`alter table public_events.gone rename to outbox`);
    const payments = host.live.find((g) => g.name === 'payments')!;
    await (payments as unknown as { retryParked(org: string): Promise<boolean> }).retryParked(COMUNE);
    expect((await all()).map((e) => e.subject)).toEqual([`${COMUNE}/payments/IUV1/R1/1`, `${COMUNE}/payments/IUV2/R2/1`]);
    expect((await pool.query(`select iuv from read.transfer order by iuv`)).rows).toEqual([{ iuv: 'IUV1' }, { iuv: 'IUV2' }]);
  });

  describe('readers', () => {
    it('see only their organizations and types, and the cursor moves on although nothing matches', async () => {
      await know(COMUNE, receipt, flow);
      await know(PROVINCIA, receipt);
      const { head } = await events.ends();
      const mine = await events.after(0n, { organizations: [PROVINCIA] }, 10);
      expect(mine.events.map((e) => e.org)).toEqual([PROVINCIA]);
      expect([mine.upTo, mine.atEnd]).toEqual([head, true]);
      const none = await events.after(0n, { types: ['it.quadra.credit.explained.v1'] }, 10);
      expect([none.events, none.upTo]).toEqual([[], head]);
      const first = await events.after(0n, {}, 1);
      expect([first.events.length, first.upTo, first.atEnd]).toEqual([1, 1n, false]);
    });

    it('learn that a cursor was never given out, or that what followed it was removed', async () => {
      await know(COMUNE, receipt, flow, credit);
      for (const cursor of ['x', 'W10', publicCursor(-1n), Buffer.from('["events",1]').toString('base64url')])
        expect(() => parsePublicCursor(cursor)).toThrow('cursor');
      expect(parsePublicCursor(publicCursor(7n))).toBe(7n);
      await expect(events.after(1_000n, {}, 1)).rejects.toThrow('cursor');
      await pool.query(`update public_events.outbox set written_at = now() - interval '100 days' where seq <= 3`);
      expect(await events.sweep(90, 2n)).toBe(2);
      expect(await events.sweep(90)).toBe(1);
      expect(await events.sweep(90)).toBe(0);
      await expect(events.after(1n, {}, 1)).rejects.toThrow(PublicEventsExpired);
      expect((await events.after(3n, {}, 1)).events[0]!.seq).toBe(4n);
      expect((await events.after(0n, {}, 1)).events[0]!.seq).toBe(4n);
    });

    it('never see a hole while several processes write at once', async () => {
      await know(COMUNE, receipt);
      const { told, writeOutbox } = await import('./outbox');
      const { draft } = await import('./draft');
      const write = async (n: number) => {
        const client = await pool.connect();
        const cause = { position: BigInt(1_000 + n), type: 'X', recordedAt: '2026-03-02T00:00:00.000Z' };
        const about = { org: COMUNE, subject: `${COMUNE}/files/f${n % 5}`, cause };
        try {
          await client.query('begin');
          await writeOutbox(
            client,
            [1, 2, 3].map(() => told(draft(about, 'it.quadra.file.voided.v1', { org: COMUNE, fileId: `f${n % 5}` }))),
          );
          await client.query(n % 7 === 0 ? 'rollback' : 'commit');
        } finally {
          client.release();
        }
      };
      let done = false;
      const writers = Promise.all(
        Array.from({ length: 8 }, async (_, w) => {
          for (let n = 0; n < 25; n++) await write(w * 25 + n);
        }),
      ).then(() => (done = true));
      const seen: number[] = [];
      let at = 0n;
      for (let last = false; !last;) {
        last = done;
        const page = await events.after(at, {}, 7);
        seen.push(...page.events.map((e) => Number(e.seq)));
        at = page.upTo;
        if (!page.atEnd) last = false;
      }
      await writers;
      expect(seen).toEqual(Array.from({ length: Number((await events.ends()).head) }, (_, i) => i + 1));
      expect(seen.length).toBe(1 + 3 * (200 - 29));
    });
  });
});
