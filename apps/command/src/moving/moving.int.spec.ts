import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { EventStore, NewEvent, StoredEvent } from '@quadra/event-store';
import { NO_STREAM, openEventStoreDb, openPostgresStore } from '@quadra/event-store';
import { openKeyring } from '@quadra/platform/keyring';
import { migratePlatform } from '@quadra/platform';
import { migratePublicEvents } from '@quadra/read-models';
import { EventStoreDouble } from '../../../../test/support/eventstoredb';
import type { TestDatabase } from '../../../../test/support/postgres';
import { withDatabase } from '../../../../test/support/postgres';
import { BlobStore, migrateIntake } from '../intake';
import { pagesOf, startSealer, verifyStore } from '../integrity';
import type { BackupOptions } from './backup';
import { backUp } from './backup';
import { BackupUnusable, NotEmpty } from './errors';
import { readManifest } from './manifest';
import { restore } from './restore';

const ORG = '80012345678';
const keyring = openKeyring({ secret: 'x'.repeat(48) });
const event = (type: string, data: object, commandId: string): NewEvent => ({
  type,
  data,
  meta: { commandId, actor: 'test', $correlationId: 'c' },
});

/** An instance without its processes: the database, and the store in it. */
class Place {
  private constructor(
    readonly database: TestDatabase,
    readonly pool: Pool,
    readonly store: EventStore,
  ) {}

  static async open(): Promise<Place> {
    const database = await withDatabase();
    const pool = new Pool({ connectionString: database.url, max: 4 });
    pool.on('error', () => undefined); // dropping the database may cut a connection that is being closed
    await migrateIntake(pool);
    await migratePlatform(pool);
    await migratePublicEvents(pool);
    await pool.query('create table public_events.webhook (id int, url text, description text, organizations text[], types text[], status text, reason text, seq bigint, secret bytea, previous_secret bytea, previous_until timestamptz, created_by text, created_at timestamptz)'); // prettier-ignore
    return new Place(database, pool, await openPostgresStore({ connectionString: database.url }));
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.pool.end();
    await this.database.drop();
  }

  async rows(text: string): Promise<unknown[]> {
    return (await this.pool.query(text)).rows;
  }
}

const everything = async (store: EventStore): Promise<Omit<StoredEvent, 'position'>[]> => {
  const events: Omit<StoredEvent, 'position'>[] = [];
  for await (const page of pagesOf(store, { after: 0n, upTo: await store.head() })) events.push(...page.map(({ position: _, ...e }) => e));
  return events;
};

const take = async (store: EventStore, sha: string, end?: NewEvent): Promise<void> => {
  const stream = `importFile-${ORG}_${sha}_1`;
  await store.append({
    stream,
    expected: NO_STREAM,
    events: [event('FileAccepted', { name: `${sha}.zip`, sha256: sha, attempt: 1, bytes: 7 }, `${sha}/accept`)],
  });
  if (end) await store.append({ stream, expected: 0, events: [end] });
};

const payments = async (store: EventStore, count: number, from = 0): Promise<void> => {
  const streams = Array.from({ length: count }, (_, i) => `payment-${ORG}_${from + i}`);
  await store.appendMany(
    streams.map((stream, i) => ({
      stream,
      expected: NO_STREAM,
      events: [event('ReceiptReceived', { n: i, text: 'è\t"\\' }, 'a'), event('DiscrepanciesChanged', { n: i }, 'b')],
    })),
  );
};

describe('moving an instance', () => {
  let source: Place;
  let target: Place;
  let folder: string;
  let root: string;

  const backup = (options: Partial<BackupOptions> = {}) => {
    const { pool, store } = source;
    return backUp({ pool, store, keyring, folder, program: '1.0.0', now: new Date('2026-11-20T10:00:00Z'), ...options });
  };
  const bringIn = (store = target.store, key = keyring) => restore({ pool: target.pool, store, keyring: key, folder });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quadra-moving-'));
    [source, target] = await Promise.all([Place.open(), Place.open()]);
    await payments(source.store, 300);
    await take(source.store, 'a1', event('FileImported', { format: 'zip', parserVersion: 1, counts: {}, entries: [] }, 'a1/end'));
    await take(source.store, 'a2');
    await new BlobStore(source.pool, keyring).put((async function* () { yield randomBytes(700_000); })(), { maxBytes: 1e9 }); // prettier-ignore
    await source.pool.query(`insert into command.personal_batch values ('r1', '${ORG}', $1)`, [randomBytes(50)]);
    await source.pool.query(
      `insert into command.blob_upload (upload) values (gen_random_uuid()); insert into command.blob_chunk select upload, 0, 'x' from command.blob_upload`,
    );
    await source.pool.query(
      `insert into platform.api_key (id, hash, name, roles, organizations) values ('k', '\\x00ff', 'a\tb', '{reader}', null)`,
    );
    const sealer = await startSealer({ pool: source.pool, store: source.store });
    root = (await sealer.sealNow()).root;
    await sealer.stop();
    await payments(source.store, 5, 1_000);
  }, 60_000);
  afterEach(async () => {
    await Promise.all([source.close(), target.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const MOVED = ['command.personal_batch order by ref', 'command.blob', 'platform.api_key'];

  it('brings every event with its id, instant and order, what the log speaks of, and the chain of seals', async () => {
    const manifest = await backup();
    expect(manifest).toMatchObject({ events: 300 * 2 + 3 + 1 + 10, root });
    expect(await bringIn()).toEqual(manifest);
    expect(await everything(target.store)).toEqual(await everything(source.store));
    for (const table of MOVED) expect(await target.rows(`select * from ${table}`)).toEqual(await source.rows(`select * from ${table}`));
    expect(await target.rows(`select count(*) from command.blob_chunk`)).toEqual([{ count: '3' }]); // without the upload that was never finished
    const found = await verifyStore(target.store, { roots: [root] });
    expect(found.finding).toBeUndefined();
    expect(found).toMatchObject({ root, unsealed: 10 });
    for (const instant of ['2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z']) {
      expect(await target.store.positionAt(new Date(instant))).toBe(await source.store.positionAt(new Date(instant)));
    }
  });

  it('queues again what was accepted and not yet imported', async () => {
    await take(source.store, 'a3', event('FileRejected', { error: { code: 'X', message: 'x' } }, 'a3/end'));
    await source.store.append({
      stream: `importFile-${ORG}_a3_1`,
      expected: 1,
      events: [event('FileVoided', { reason: 'wrong' }, 'a3/void')],
    });
    await backup();
    await bringIn();
    const rows = await target.rows(
      'select file_id, status, zipped, actor, accepted_position is not null as placed from command.file order by file_id',
    );
    expect(rows).toEqual([
      { file_id: 'a1_1', status: 'imported', zipped: true, actor: 'test', placed: true },
      { file_id: 'a2_1', status: 'accepted', zipped: false, actor: 'test', placed: true },
      { file_id: 'a3_1', status: 'voided', zipped: false, actor: 'test', placed: true },
    ]);
    expect(await target.rows('select file_id, reason, done from command.file_void')).toEqual([
      { file_id: 'a3_1', reason: 'wrong', done: false },
    ]);
  });

  it('goes from PostgreSQL to EventStoreDB (the double of the tests) and back, and the seals hold all the way', async () => {
    await backup();
    const double = await EventStoreDouble.start();
    const between = await openEventStoreDb({ connectionString: double.url });
    await bringIn(between);
    expect((await verifyStore(between, { roots: [root] })).finding).toBeUndefined();
    const back = mkdtempSync(join(tmpdir(), 'quadra-moving-'));
    await backup({ pool: target.pool, store: between, folder: back });
    const last = await Place.open();
    await restore({ pool: last.pool, store: last.store, keyring, folder: back });
    expect(await everything(last.store)).toEqual(await everything(source.store));
    expect((await verifyStore(last.store, { roots: [root] })).finding).toBeUndefined();
    await last.close();
    await between.close();
    await double.close();
    rmSync(back, { recursive: true, force: true });
  });

  it('does not tell the public again what it was told, whatever positions the other store gives', async () => {
    const marked = (await source.store.read(`payment-${ORG}_7`, 1))[0]!;
    await source.pool.query(`insert into public_events.mark values ('money', '${ORG}', ${marked.position}), ('payments', '80000000000', 0), ('payments', '${ORG}', 1000000)`); // prettier-ignore
    await source.pool.query(`insert into public_events.outbox (seq, org, type, subject, sequence, position, at, correction, data) values (1, '${ORG}', 't', 's', 1, 7, now(), false, '{}')`); // prettier-ignore
    await source.pool.query(`update public_events.head set seq = 1; insert into public_events.webhook (id, status, seq) values (1, 'active', 1), (2, 'disabled', 0)`); // prettier-ignore
    const double = await EventStoreDouble.start();
    const elsewhere = await openEventStoreDb({ connectionString: double.url });
    await backup({ pieceBytes: 20_000 });
    await bringIn(elsewhere);
    const same = (await elsewhere.read(marked.stream, 1))[0]!;
    expect([same.id, same.position === marked.position]).toEqual([marked.id, false]);
    expect(await target.rows('select teller, org, position from public_events.mark order by position')).toEqual([
      { teller: 'payments', org: '80000000000', position: '0' },
      { teller: 'money', org: ORG, position: String(same.position) },
      { teller: 'payments', org: ORG, position: String(await elsewhere.head()) },
    ]);
    expect(await target.rows('select seq, position from public_events.outbox')).toEqual([{ seq: '1', position: '7' }]);
    expect(await target.rows('select seq from public_events.head')).toEqual([{ seq: '1' }]);
    expect(await target.rows('select id, status from public_events.webhook order by id')).toEqual([{ id: 1, status: 'suspended' }, { id: 2, status: 'disabled' }]); // prettier-ignore
    await elsewhere.close();
    await double.close();
  });

  it('never holds marks that are ahead of its log', async () => {
    await source.pool.query(`insert into public_events.mark values ('money', '${ORG}', 5)`);
    const goesOn = Object.assign(Object.create(source.store) as EventStore, {
      head: async () => {
        await source.pool.query('update public_events.mark set position = 1000000');
        return source.store.head();
      },
      subscribe: source.store.subscribe.bind(source.store),
    });
    await backup({ store: goesOn });
    await bringIn();
    expect(await target.rows('select position from public_events.mark')).toEqual([{ position: '5' }]);
  });

  it('is one moment of an instance that goes on working: a prefix of the log, and no event without what it speaks of', async () => {
    const before = await everything(source.store);
    let goesOn = true;
    const working = (async () => {
      for (let n = 2_000; goesOn; n += 20) await payments(source.store, 20, n);
    })();
    await backup();
    goesOn = false;
    await working;
    await bringIn();
    const moved = await everything(target.store);
    expect(moved.length).toBeGreaterThanOrEqual(before.length);
    expect(moved).toEqual((await everything(source.store)).slice(0, moved.length));
  });

  it('goes on after a crash at any point, and is then the same', async () => {
    expect((await backup({ pieceBytes: 20_000 })).log.length).toBeGreaterThan(4);
    for (const crashAt of [0, 1, 3]) {
      let calls = 0;
      const crashing = new Proxy(target.store, {
        get: (store, name) => {
          const value = Reflect.get(store, name) as unknown;
          if (name !== 'appendMany') return typeof value === 'function' ? (value as () => unknown).bind(store) : value;
          return async (requests: Parameters<EventStore['appendMany']>[0]) => {
            if (calls++ < crashAt) return store.appendMany(requests);
            await store.appendMany(requests.slice(0, 40));
            throw new Error('the process dies here');
          };
        },
      });
      await expect(bringIn(crashing)).rejects.toThrow('dies here');
    }
    await bringIn();
    expect(await everything(target.store)).toEqual(await everything(source.store));
    for (const table of MOVED) expect(await target.rows(`select * from ${table}`)).toEqual(await source.rows(`select * from ${table}`));
  });

  it('goes only into an empty instance, and names what is there', async () => {
    await backup();
    await bringIn();
    await expect(bringIn()).rejects.toThrow(NotEmpty);
    await expect(bringIn()).rejects.toThrow(/recorded events, API keys .*batches of personal data .*original files .*files taken in/);
  });

  it('refuses another backup while one is half restored', async () => {
    await backup();
    await target.pool
      .query(`create table command.restore (one boolean primary key default true, backup text not null, tables_filled boolean not null default false, finished boolean not null default false);
      insert into command.restore (backup) values ('another')`);
    await expect(bringIn()).rejects.toThrow(/another backup was begun/);
  });

  it('refuses a backup of which a byte was changed, a file is gone, or the end is missing, before anything is written', async () => {
    await backup();
    const log = join(folder, 'log-00001.ndjson.gz');
    const bytes = readFileSync(log);
    bytes[100]! ^= 1;
    writeFileSync(log, bytes);
    await expect(bringIn()).rejects.toThrow(/log-00001\.ndjson\.gz .*checksum/);
    rmSync(log);
    await expect(bringIn()).rejects.toThrow(/log-00001\.ndjson\.gz .*cannot be read/);
    rmSync(join(folder, 'manifest.json'));
    await expect(bringIn()).rejects.toThrow(BackupUnusable);
    expect(await target.store.head()).toBe(0n);
    for (const table of MOVED) expect(await target.rows(`select * from ${table}`)).toEqual([]);
  });

  it.each([
    ['of a later program', (m: object) => ({ ...m, version: 2 }), /format version 2/],
    ['that is no manifest', () => [], /is not one of a backup/],
    ['that leads out of its folder', (m: { log: object[] }) => ({ ...m, log: [{ ...m.log[0], file: '../secret.key' }] }), /\/log\/0\/file/],
    [
      'with a table that nobody knows',
      (m: { tables: object[] }) => ({ ...m, tables: [{ table: 'pg_authid', columns: ['x'], pieces: [] }] }),
      /pg_authid/,
    ],
  ])('refuses a manifest %s', async (_, change, says) => {
    const manifest = await backup();
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(change(manifest as never)));
    await expect(bringIn()).rejects.toThrow(says);
    expect(await target.store.head()).toBe(0n);
  });

  it('refuses an instance with another secret, which could not open what it brings', async () => {
    await backup();
    await expect(bringIn(target.store, openKeyring({ secret: 'y'.repeat(48) }))).rejects.toThrow(/secret\.key/);
    expect(await target.store.head()).toBe(0n);
  });

  it('is written into a folder of its own, which holds no secret', async () => {
    await backup();
    await expect(backup()).rejects.toThrow(NotEmpty);
    expect(readdirSync(folder).filter((name) => name.includes('key'))).toEqual(['platform.api_key-00001.copy.gz']);
    expect((await readManifest(folder)).manifest.createdAt).toBe('2026-11-20T10:00:00.000Z');
  });
});
