import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { storeFeed } from '@quadra/event-feed';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import { openEventStoreDb } from '@quadra/event-store';
import { generate } from '../../../tools/generator';
import { EventStoreDouble } from '../../../test/support/eventstoredb';
import type { TestDatabase } from '../../../test/support/postgres';
import { withDatabase } from '../../../test/support/postgres';
import { pagesOf } from '../../command/src/integrity';
import { startProjection } from '../../projection/src/projection';
import { startReconciliation } from '../../reconciliation/src/reconciliation';
import { runCli } from './cli';
import type { OwnInstance } from './cli/session';
import { openOwn, settingsOf } from './cli/session';

/* Imports run in compiled reader threads: `npm test` compiles first. */

const folder = mkdtempSync(join(tmpdir(), 'quadra-move-'));
const path = (...names: string[]): string => join(folder, ...names);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = async (args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> => {
  let [out, err] = ['', ''];
  const code = await runCli(args, { out: (t) => void (out += `${t}\n`), say: (t) => void (err += `${t}\n`), interactive: false, env });
  return { code, out, err };
};

/** An instance on a database and a data folder, open or closed. */
class Instance {
  own: OwnInstance | undefined;

  constructor(
    readonly database: TestDatabase,
    readonly data: string,
  ) {}

  async open(): Promise<OwnInstance> {
    const silent = { out: () => undefined, say: () => undefined, interactive: false, env: { DATABASE_URL: this.database.url } };
    this.own = await openOwn(silent, { ...settingsOf(silent, { data: this.data }), port: 0, rateLimit: 0 });
    return this.own;
  }

  async close(): Promise<void> {
    await this.own?.close();
    this.own = undefined;
  }

  /** A command that asks the running instance. */
  ask(...args: string[]): Promise<Ran> {
    return run(args, { QUADRA_URL: this.own!.server.url, QUADRA_API_KEY: this.own!.key });
  }

  /** A command that works on the data. */
  work(...args: string[]): Promise<Ran> {
    return run([...args, '--data', this.data], { DATABASE_URL: this.database.url });
  }

  /** Resolves when everything that follows from the history stands in the read models. */
  async level(): Promise<void> {
    const { consistency, store } = this.own!.standalone;
    expect(await consistency.waitForPosition(await store.head(), 60_000)).toBe(true);
  }

  async events(): Promise<Omit<StoredEvent, 'position'>[]> {
    const { store } = this.own!.standalone;
    const events: Omit<StoredEvent, 'position'>[] = [];
    for await (const page of pagesOf(store, { after: 0n, upTo: await store.head() }))
      events.push(...page.map(({ position: _, ...e }) => e));
    return events.filter((e) => e.stream !== 'seal-all');
  }
}

let first: Instance;
let second: Instance;
let orgs: string[];

beforeAll(async () => {
  await generate({ payments: 60, orgs: 2, seed: 'moving', month: '2026-03', out: path('files') });
  orgs = (JSON.parse(readFileSync(path('files', 'organizations.json'), 'utf8')) as { fiscalCode: string }[]).map((o) => o.fiscalCode);
  first = new Instance(await withDatabase(), path('first'));
  second = new Instance(await withDatabase(), path('second'));
  const { server, key } = await first.open();
  for (const fiscalCode of orgs) {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    await fetch(`${server.url}/api/v1/organizations`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ fiscalCode, name: 'Comune di Prova' }),
    });
    expect((await first.ask('import', '--org', fiscalCode, path('files', fiscalCode))).code).toBe(0);
  }
  await first.level();
}, 120_000);

afterAll(async () => {
  await first?.close();
  await second?.close();
  await first?.database.drop();
  await second?.database.drop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('an instance that moves house', () => {
  let root: string;
  let hashes: Record<string, string>;
  let events: Omit<StoredEvent, 'position'>[];

  it('verifies its history and prints the root to note outside', async () => {
    const ran = await first.ask('verify', '--json');
    expect(ran.code).toBe(0);
    const found = JSON.parse(ran.out) as { root: string; unsealed: number; sealed: number };
    expect(found.unsealed).toBe(0);
    root = found.root;
    expect((await first.ask('verify')).out).toContain(`Root: ${root}`);
    expect((await first.ask('verify', '--root', root)).code).toBe(0);
    const other = await first.ask('verify', '--root', 'f'.repeat(64));
    expect([other.code, other.out]).toEqual([3, expect.stringMatching(/^BROKEN {2}No block has the root f{64}/)]);
    expect((await first.ask('verify', '--root', 'xyz')).code).toBe(2);
  });

  it('finds no difference between its parts', async () => {
    const ran = await first.ask('audit');
    expect([ran.code, ran.out]).toEqual([0, expect.stringMatching(/^No differences\.$/m)]);
    expect(ran.out).toMatch(/^store and read model payments +\d+ events +0$/m);
    expect(ran.out).toMatch(/^read models and public events +[1-9]\d* events +0$/m);
  }, 60_000);

  it('is written into a folder while it runs', async () => {
    hashes = await first.own!.standalone.processors.hashes();
    events = await first.events();
    const ran = await first.work('backup', '--out', path('backup'));
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('The secret is not in it');
    expect(ran.out).toContain(root);
    expect(readdirSync(path('backup'))).not.toContain('secret.key');
    const again = await first.work('backup', '--out', path('backup'));
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('is not empty')]);
    const intoFile = await first.work('backup', '--out', path('files', 'organizations.json'));
    expect([intoFile.code, intoFile.err]).toEqual([
      1,
      expect.stringMatching(/organizations\.json cannot be made: it is there and is not a folder$/m),
    ]);
    expect((await first.work('backup', '--out', path('with-key'), '--with-key')).code).toBe(0);
    expect(statSync(path('with-key', 'secret.key')).mode & 0o777).toBe(0o600);
  });

  if (process.platform === 'linux') {
    it('is not written where no folder can be made, and says so', async () => {
      const ran = await first.work('backup', '--out', '/proc/backup');
      expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/^The folder \/proc\/backup cannot be made: /)]);
    });
  }

  it('needs its secret before anything is written elsewhere', async () => {
    const ran = await second.work('restore', '--from', path('backup'));
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('The secret of the instance is needed')]);
    expect(existsSync(path('second', 'secret.key'))).toBe(false);
  });

  it('leaves nothing where the secret is another one, so that the right one can follow', async () => {
    writeFileSync(path('other.key'), `${'x'.repeat(44)}\n`);
    writeFileSync(path('short.key'), 'short\n');
    const other = await second.work('restore', '--from', path('backup'), '--key', path('other.key'));
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('is not the one that the backup was made with')]);
    const short = await second.work('restore', '--from', path('backup'), '--key', path('short.key'));
    expect([short.code, short.err]).toEqual([1, `${path('short.key')} is no secret of an instance: it is too short\n`]);
    expect(existsSync(path('second'))).toBe(false);
  });

  it('is the same elsewhere: every event, every read model, and nothing is concluded twice', async () => {
    const ran = await second.work('restore', '--from', path('backup'), '--key', path('first', 'secret.key'));
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining('sealed ones are as they were sealed')]);
    await second.open();
    await second.level();
    expect(await second.own!.standalone.processors.hashes()).toEqual(hashes);
    expect(await second.events()).toEqual(events);
    expect((await second.ask('verify', '--root', root)).code).toBe(0);
    expect((await second.ask('audit')).code).toBe(0);
  }, 120_000);

  describe('over EventStoreDB (the double of the tests)', () => {
    let double: EventStoreDouble;
    let database: TestDatabase;
    let pool: Pool;
    let store: EventStore;

    beforeAll(async () => {
      [double, database] = await Promise.all([EventStoreDouble.start(), withDatabase()]);
      pool = new Pool({ connectionString: database.url });
      store = await openEventStoreDb({ connectionString: double.url });
    });
    afterAll(async () => {
      await store?.close();
      await pool?.end();
      await double?.close();
      await database?.drop();
    });

    it('is the same, and nothing is concluded twice, although its positions are others', async () => {
      const env = { DATABASE_URL: database.url, EVENTSTORE_URL: double.url };
      expect((await run(['restore', '--from', path('backup'), '--data', path('first')], env)).code).toBe(0);
      const before = await store.head();
      const feed = storeFeed(store);
      const reconciliation = await startReconciliation({ pool, store, feed });
      const host = await startProjection({ pool, store, feed });
      try {
        for (const group of [reconciliation.matcher, reconciliation.lifecycle, ...host.live]) {
          expect(await group.waitFor(before, 60_000)).toBe(true);
        }
        const added: string[] = [];
        for await (const page of pagesOf(store, { after: before, upTo: await store.head() }))
          added.push(...page.map((e) => `${e.stream} ${e.type}`));
        expect(added).toEqual([]);
        expect(await host.hashes()).toEqual(hashes);
      } finally {
        await reconciliation.stop();
        await host.stop();
      }
    }, 120_000);
  });

  it('knows its files, and gives the originals back', async () => {
    const headers = { Authorization: `Bearer ${second.own!.key}` };
    const base = `${second.own!.server.url}/api/v1/organizations/${orgs[0]}/files`;
    const { items } = (await (await fetch(base, { headers })).json()) as { items: { fileId: string; name: string; status: string }[] };
    expect(items.length).toBeGreaterThan(0);
    for (const { fileId, name } of items) {
      const original = Buffer.from(await (await fetch(`${base}/${fileId}/original`, { headers })).arrayBuffer());
      const sent = readdirSync(path('files', orgs[0]!), { recursive: true, encoding: 'utf8' }).find((file) => file.endsWith(name));
      expect(original.equals(readFileSync(path('files', orgs[0]!, sent!)))).toBe(true);
    }
    expect((await second.ask('import', '--org', orgs[0]!, path('files', orgs[0]!))).code).toBe(0);
    expect(await second.events()).toEqual(events);
  }, 60_000);

  it('is not restored over another one', async () => {
    await second.close();
    const ran = await second.work('restore', '--from', path('backup'));
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/needs an empty instance; in this one there are recorded events/)]);
  });

  it('finds what differs after somebody changed a read model and took a public event out', async () => {
    const client = new Client({ connectionString: first.database.url });
    await client.connect();
    await client.query(`delete from public_events.outbox where seq = 3`);
    await client.query(`update read.transfer set amount_cents = amount_cents + 1 where iuv = (select min(iuv) from read.transfer)`);
    await client.end();
    const ran = await first.ask('audit');
    expect(ran.code).toBe(3);
    expect(ran.out).toMatch(/^store and read model payments .* 1 {2}differs from a rebuild/m);
    expect(ran.out).toMatch(/^read models and public events .* 1 numbers are missing/m);
  }, 60_000);

  it('says what is broken after somebody changed a row', async () => {
    const client = new Client({ connectionString: second.database.url });
    await client.connect();
    await client.query(`update events.event set data = replace(data, ':', ': ') where position = 5`); // another spelling is no change
    const { rows } = await client.query(
      `update events.event set data = replace(data, '}', ',"more":1}') where position = 7 returning stream, revision`,
    );
    await client.end();
    await second.open().catch(() => undefined);
    const ran = await second.ask('verify');
    expect([ran.code, ran.out]).toEqual([3, expect.stringContaining(`BROKEN  Event ${rows[0].revision} of ${rows[0].stream}`)]);
    await second.close();
  }, 60_000);
});

describe('wrong usage', () => {
  it.each([
    [['backup'], 2, /--out/],
    [['restore'], 2, /--from/],
    [['backup', '--out', path('x'), '--url', 'http://127.0.0.1:1'], 2, /works on the data themselves/],
    [['backup', '--out', path('x'), '--data', path('nowhere')], 1, /There is no instance in/],
    [['restore', '--from', path('nowhere'), '--data', path('nowhere')], 1, /is no complete backup/],
  ])('%j', async (args, code, says) => {
    const ran = await run(args, {});
    expect([ran.code, ran.out, ran.err]).toEqual([code, '', expect.stringMatching(says)]);
    expect(existsSync(path('nowhere'))).toBe(false);
  });
});
