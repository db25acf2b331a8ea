import { Pool } from 'pg';
import type { BlockSealed } from '@quadra/domain';
import { SEAL_STREAM } from '@quadra/domain';
import type { EventStore, NewEvent } from '@quadra/event-store';
import { createInMemoryStore, openPostgresStore } from '@quadra/event-store';
import type { TestDatabase } from '../../../../test/support/postgres';
import { withDatabase } from '../../../../test/support/postgres';
import { startSealer } from './sealer';
import type { Sealer } from './sealer';
import { notedPlace } from './place';
import { verifyStore } from './verify';

const NEVER = { quietMs: 3_600_000, longestMs: 3_600_000 };

const fact = (n: number): NewEvent => ({
  type: 'ReceiptReceived',
  data: { z: n, amountCents: 100 * n, text: 'è "vero" \\ €', nested: { b: [1, null], a: 0.1 } },
  meta: { commandId: `c${n}`, actor: 'test', source: { fileId: 'f', line: n } },
});

const streamOf = (n: number): string => `payment-80012345678_${n}`;

/** Two events each for some payments, in the order 0, 1, …, then 0, 1, … again. */
const record = async (store: EventStore, payments: number, from = 0): Promise<void> => {
  for (const revision of [0, 1]) {
    const streams = Array.from({ length: payments }, (_, i) => streamOf(from + i));
    await store.appendMany(streams.map((stream, i) => ({ stream, expected: revision - 1, events: [fact(2 * (from + i) + revision)] })));
  }
};

describe('the integrity of the store', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: EventStore;
  let sealer: Sealer;

  beforeEach(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
    store = await openPostgresStore({ connectionString: database.url });
    sealer = await startSealer({ pool, store, ...NEVER });
  });
  afterEach(async () => {
    await sealer.stop();
    await store.close();
    await pool.end();
    await database.drop();
  });

  const blocks = async (): Promise<BlockSealed['data'][]> => (await store.read(SEAL_STREAM)).map((e) => e.data);
  /** As a command of its own process does: what the writer remembers would hide what was done to the rows. */
  const verify = async (...roots: string[]) => {
    const reader = await openPostgresStore({ connectionString: database.url, readOnly: true });
    return verifyStore(reader, { roots }).finally(() => reader.close());
  };

  it('seals what was recorded in blocks of a thousand in the order of the store, and not the seals', async () => {
    await record(store, 1_100);
    await sealer.sealNow();
    await record(store, 3, 5_000);
    const chain = await sealer.sealNow();
    expect((await blocks()).map((b) => [b.block, b.count])).toEqual([[1, 1_000], [2, 1_000], [3, 200], [4, 6]]); // prettier-ignore
    expect(chain).toMatchObject({ revision: 3, block: 4, sealed: 2_206 });
    expect(await verify()).toMatchObject({ blocks: 4, sealed: 2_206, unsealed: 0, root: chain.root });
    expect(await sealer.sealNow()).toEqual(chain);
    expect(await store.read(SEAL_STREAM)).toHaveLength(4);
  });

  it('says how much stands after the last block, and nothing of an empty store', async () => {
    expect(await verify()).toEqual({ position: '0', blocks: 0, sealed: 0, root: '0'.repeat(64), unsealed: 0 });
    await record(store, 2);
    expect(await verify()).toMatchObject({ blocks: 0, unsealed: 4 });
    await sealer.sealNow();
    await record(store, 2, 10);
    const found = await verify();
    expect(found).toMatchObject({ blocks: 1, sealed: 4, unsealed: 4 });
    expect(found.finding).toBeUndefined();
    expect(Date.parse(found.sealedAt!)).not.toBeNaN();
  });

  it('remembers no root before the first block, however often it has looked at an empty store', async () => {
    await sealer.sealNow();
    expect(await notedPlace(pool)).toBeUndefined();
    await record(store, 2);
    const { root } = await sealer.sealNow();
    expect((await notedPlace(pool))?.chain.root).toBe(root);
  });

  describe('after rows of the database were tampered with', () => {
    beforeEach(async () => {
      await record(store, 600);
      await sealer.sealNow();
    });

    const sql = async (statement: string): Promise<void> => expect((await pool.query(statement)).rowCount).toBeGreaterThan(0);

    it('names an event whose amount was changed', async () => {
      await sql(
        `update events.event set data = replace(data, '"amountCents":61400', '"amountCents":61401') where stream = '${streamOf(307)}'`,
      );
      expect((await verify()).finding).toMatchObject({ kind: 'changed', block: 1, stream: streamOf(307), revision: 0 });
    });

    it('names an event whose author was changed, or its time', async () => {
      await sql(
        `update events.event set meta = replace(meta, '"actor":"test"', '"actor":"another"') where stream = '${streamOf(599)}' and revision = 1`,
      );
      expect((await verify()).finding).toMatchObject({ kind: 'changed', block: 2, stream: streamOf(599), revision: 1 });
    });

    it('does not mind another spelling of the same event', async () => {
      await sql(`update events.event set data = (data::jsonb)::text, meta = (meta::jsonb)::text where stream = '${streamOf(5)}'`);
      expect((await verify()).finding).toBeUndefined();
    });

    it('names a row that was deleted by the hole in its stream', async () => {
      await sql(`delete from events.event where stream = '${streamOf(40)}' and revision = 0`);
      expect((await verify()).finding).toMatchObject({
        kind: 'missing',
        stream: streamOf(40),
        revision: 0,
        says: expect.stringContaining(`between event 0 of ${streamOf(39)}`),
      });
    });

    it('tells the place of a deleted row that was the last of its stream, also at the end of a block and of the store', async () => {
      await sql(`delete from events.event where stream = '${streamOf(450)}' and revision = 1`);
      const { finding } = await verify();
      expect(finding).toMatchObject({ kind: 'missing', block: 2 });
      expect(finding!.says).toContain(`between event 1 of ${streamOf(449)}`);
    });

    it('tells that the last event is gone', async () => {
      await sql(`delete from events.event where stream = '${streamOf(599)}' and revision = 1`);
      expect((await verify()).finding).toMatchObject({
        kind: 'missing',
        block: 2,
        says: expect.stringContaining(`after event 1 of ${streamOf(598)}`),
      });
    });

    it('tells the place of a row that is no JSON any more', async () => {
      await sql(`update events.event set data = replace(data, '{', '') where stream = '${streamOf(41)}' and revision = 0`);
      expect((await verify()).finding).toMatchObject({
        kind: 'unreadable',
        says: expect.stringContaining(`after event 0 of ${streamOf(40)}`),
      });
      await sql(`update events.event set data = '' where stream = '${SEAL_STREAM}' and revision = 0`);
      expect((await verify()).finding).toMatchObject({ kind: 'unreadable', says: expect.stringContaining('that begins the store') });
    });

    it('names the first of two events that changed places', async () => {
      await sql(`update events.event set position = case position when 10 then -20 else -10 end where position in (10, 20)`);
      await sql(`update events.event set position = -position where position < 0`);
      expect((await verify()).finding).toMatchObject({ kind: 'moved', block: 1, stream: streamOf(19), revision: 0 });
    });

    it('names a seal that was rewritten, deleted, or follows an event that was sealed anew', async () => {
      await sql(
        `update events.event set data = replace(data, '"count":1000', '"count":999') where stream = '${SEAL_STREAM}' and revision = 0`,
      );
      expect((await verify()).finding).toMatchObject({ kind: 'seal', stream: SEAL_STREAM, revision: 0 });
      await sql(`delete from events.event where stream = '${SEAL_STREAM}' and revision = 0`);
      expect((await verify()).finding).toMatchObject({ kind: 'seal', stream: SEAL_STREAM, revision: 1 });
      await sql(`update events.event set data = '{"block":1}' where stream = '${SEAL_STREAM}'`);
      expect((await verify()).finding).toMatchObject({ kind: 'seal', stream: SEAL_STREAM, revision: 1 });
    });

    it('misses a cut at the end only where no root was noted outside', async () => {
      const { root } = await verify();
      expect((await verify(root)).finding).toBeUndefined();
      await sql(`delete from events.event where stream = '${SEAL_STREAM}' and revision = 1`);
      expect(await verify()).toMatchObject({ blocks: 1, unsealed: 200 });
      expect((await verify(root)).finding).toMatchObject({ kind: 'root', says: expect.stringContaining(root) });
    });
  });

  it('goes on with one chain when two sealers work at the same time', async () => {
    const second = await startSealer({ pool, store, ...NEVER });
    for (let round = 0; round < 5; round++) {
      await record(store, 30, 100 * round);
      await Promise.all([sealer.sealNow(), second.sealNow()]);
    }
    await second.stop();
    expect(await verify()).toMatchObject({ sealed: 300, unsealed: 0 });
    expect((await verify()).finding).toBeUndefined();
  });

  it('goes on where it was after a crash between the seal and the note of it, and after the note was lost', async () => {
    await record(store, 20);
    await sealer.sealNow();
    const noted = await notedPlace(pool);
    await record(store, 20, 100);
    const chain = await sealer.sealNow();
    for (const forget of [
      `update command.sealer set revision = 0, block = 1, sealed = 40, root = '${noted!.chain.root}', position = 40`,
      'delete from command.sealer',
    ]) {
      await pool.query(forget);
      const next = await startSealer({ pool, store, ...NEVER });
      expect(await next.sealNow()).toEqual(chain);
      await next.stop();
    }
    await record(store, 20, 200);
    const next = await startSealer({ pool, store, ...NEVER });
    await next.stop(); // seals what is left
    expect(await verify()).toMatchObject({ blocks: 3, sealed: 120, unsealed: 0 });
  });

  it('seals by itself once nothing more is recorded', async () => {
    const eager = await startSealer({ pool, store, quietMs: 0, pollMs: 5 });
    await record(store, 3);
    while ((await store.read(SEAL_STREAM)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await eager.stop();
    expect(await verify()).toMatchObject({ sealed: 6, unsealed: 0 });
  });

  it('gives the same root in another store that holds the same events', async () => {
    await record(store, 50);
    const other = createInMemoryStore();
    for (let n = 0; n < 100; n++) {
      const [event] = await store.read(streamOf(n % 50), Math.floor(n / 50));
      const { recordedAt, ...meta } = event!.meta;
      const events = [{ type: event!.type, data: event!.data, meta, restored: { id: event!.id, recordedAt } }];
      await other.append({ stream: event!.stream, expected: event!.revision - 1, events });
    }
    const { root } = await sealer.sealNow();
    await pool.query('delete from command.sealer');
    const elsewhere = await startSealer({ pool, store: other, ...NEVER });
    expect((await elsewhere.sealNow()).root).toBe(root);
    await elsewhere.stop();
  });
});
