import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { compileFolder, runNode, type NodeChild } from '../../../../test/support/child';
import { readPidFile } from './pid-file';
import { lookAt } from './process-table';

interface Session {
  readonly child: NodeChild;
  readonly url: string;
  readonly adopted: boolean;
  readonly logs: readonly string[];
  stop(): Promise<void>;
  /** kill -9 of the node process alone. */
  murder(): Promise<void>;
}

const SCRIPT = `
const { startEmbeddedPostgres } = require(process.argv[1]);
const say = (x) => process.stdout.write(JSON.stringify(x) + '\\n');
const logs = [];
startEmbeddedPostgres({ dataDir: process.argv[2], log: (l) => logs.push(l), settings: { shared_buffers: '32MB' }, stopOnSignals: process.argv[3] === 'signals' })
  .then((server) => {
    say({ url: server.url, adopted: server.adopted, logs });
    process.stdin.on('data', () => server.stop().then(() => { say('stopped'); process.exit(0); }));
  })
  .catch((error) => { say({ error: error.message, name: error.name }); process.exit(1); });`;

const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
const amRoot = process.getuid?.() === 0;
const ordinary = amRoot ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

let home: string;
let code: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'quadra-embedded-'));
  chmodSync(home, 0o755);
  code = compileFolder(__dirname, join(home, 'code'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

const serverOf = (dataDir: string): number => readPidFile(dataDir)?.pid ?? 0;
const lives = (pid: number): boolean => lookAt(pid) !== undefined;
const gone = async (pid: number): Promise<void> => {
  while (lives(pid)) await new Promise((go) => setTimeout(go, 10));
};

/** As the user who runs the tests, and, when that is root, also as an ordinary one: the same promises hold for both. */
const users: [string, { uid: number; gid: number } | undefined][] = [[amRoot ? 'root' : 'the user of the tests', undefined]];
if (ordinary !== undefined) users.push(['an ordinary user', ordinary]);

describe.each(users)('the embedded PostgreSQL, started by %s', (name, user) => {
  let place: string;
  const open: NodeChild[] = [];

  const launch = (dataDir: string, ...more: string[]): NodeChild => {
    const child = runNode(SCRIPT, [code, dataDir, ...more], { user });
    open.push(child);
    return child;
  };
  const start = async (dataDir: string, ...more: string[]): Promise<Session> => {
    const child = launch(dataDir, ...more);
    const said = await child.next<{ url: string; adopted: boolean; logs: string[]; error?: string }>();
    if (said.error !== undefined) throw new Error(said.error);
    const stop = async (): Promise<void> => {
      child.tell('stop');
      await child.next();
      await child.ended;
    };
    const murder = async (): Promise<void> => {
      child.signal('SIGKILL');
      await child.ended;
    };
    return { ...said, child, stop, murder };
  };
  const refusal = async (dataDir: string): Promise<string> => {
    const said = await launch(dataDir).next<{ error?: string; name?: string }>();
    expect(said.name).toBe('EmbeddedPostgresError');
    return said.error ?? '';
  };
  const folder = (path: string, mode = 0o755): string => {
    mkdirSync(path);
    chmodSync(path, mode);
    if (user !== undefined) chownSync(path, user.uid, user.gid);
    return path;
  };

  beforeAll(() => {
    place = folder(join(home, name.replaceAll(' ', '-')));
  });
  afterAll(async () => {
    for (const child of open) {
      child.signal('SIGTERM');
      await child.ended;
    }
  });

  describe('on one data folder over its life', () => {
    let data: string;
    beforeAll(() => {
      data = join(place, 'made', 'by', 'start', 'postgres');
    });

    it('starts in a folder that does not exist yet and finds its rows again at the second start', async () => {
      const first = await start(data);
      await query(first.url, 'create table ledger (cents bigint)');
      await query(first.url, 'insert into ledger values (1050)');
      const pid = serverOf(data);
      await first.stop();
      expect(lives(pid)).toBe(false);
      const second = await start(data);
      expect([first.adopted, second.adopted]).toEqual([false, false]);
      expect(await query(second.url, 'select cents from ledger')).toEqual([{ cents: '1050' }]);
      expect(new URL(second.url).port).toBe(new URL(first.url).port);
      await second.stop();
    });

    it('is durable, sorts bytewise, checks its pages and answers on the loopback address alone', async () => {
      const session = await start(data);
      const settings = `select string_agg(name || '=' || setting, ' ' order by name) as found from pg_settings
        where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'listen_addresses', 'unix_socket_directories')`;
      expect(await query(session.url, settings)).toEqual([
        {
          found: 'data_checksums=on fsync=on full_page_writes=on listen_addresses=127.0.0.1 synchronous_commit=on unix_socket_directories=',
        },
      ]);
      expect(
        await query(session.url, `select datcollate, pg_encoding_to_char(encoding) as enc from pg_database where datname = 'quadra'`),
      ).toEqual([{ datcollate: 'C', enc: 'UTF8' }]);
      const wrong = new URL(session.url);
      wrong.password = 'guess';
      await expect(query(wrong.toString(), 'select 1')).rejects.toThrow(/password authentication failed/);
      await session.stop();
    });

    it('keeps its password in a file that only its user reads', () => {
      expect(statSync(`${data}.access.json`).mode & 0o777).toBe(0o600);
      expect(statSync(data).mode & 0o777).toBe(0o700);
    });

    it('has every committed row after a kill -9 of the server', async () => {
      const session = await start(data);
      await query(session.url, 'insert into ledger select generate_series(1, 5000)');
      const pid = serverOf(data);
      process.kill(pid, 'SIGKILL');
      await gone(pid);
      await session.stop();
      const again = await start(data);
      expect(again.adopted).toBe(false);
      expect(await query(again.url, 'select count(*)::int as n from ledger')).toEqual([{ n: 5001 }]);
      await again.stop();
    });

    it('adopts the server that a kill -9 of its starter left running, and stops it in the end', async () => {
      const session = await start(data);
      const pid = serverOf(data);
      await session.murder();
      expect(lives(pid)).toBe(true);
      const heir = await start(data);
      expect(heir.adopted).toBe(true);
      expect(serverOf(data)).toBe(pid);
      expect(await query(heir.url, 'select count(*)::int as n from ledger')).toEqual([{ n: 5001 }]);
      await heir.stop();
      expect(lives(pid)).toBe(false);
    });

    it('starts although postmaster.pid names a process that is dead', async () => {
      const dead = execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
      leavePidFile(data, Number(dead));
      const session = await start(data);
      expect(session.adopted).toBe(false);
      await session.stop();
    });

    it('starts although the number in postmaster.pid was given to another program', async () => {
      leavePidFile(data, process.pid);
      const session = await start(data);
      expect(session.adopted).toBe(false);
      await session.stop();
    });

    it('mends a data folder that others may read', async () => {
      chmodSync(data, 0o755);
      const session = await start(data);
      expect(statSync(data).mode & 0o777).toBe(0o700);
      await session.stop();
    });

    it('sets a new password when the access file was lost', async () => {
      rmSync(`${data}.access.json`);
      const session = await start(data);
      expect(await query(session.url, 'select count(*)::int as n from ledger')).toEqual([{ n: 5001 }]);
      await session.stop();
    });

    it('takes another port when its own was given away', async () => {
      const { port } = JSON.parse(readFileSync(`${data}.access.json`, 'utf8')) as { port: number };
      const thief = createServer();
      await new Promise<void>((go) => thief.listen(port, '127.0.0.1', go));
      const session = await start(data);
      expect(Number(new URL(session.url).port)).not.toBe(port);
      await session.stop();
      await new Promise((go) => thief.close(go));
    });

    it('stops with its starter on SIGTERM when asked to', async () => {
      const session = await start(data, 'signals');
      const pid = serverOf(data);
      session.child.signal('SIGTERM');
      await session.child.ended;
      await gone(pid);
      expect(lives(pid)).toBe(false);
    });

    it('says so when the data are of another version of PostgreSQL', async () => {
      writeFileSync(join(data, 'PG_VERSION'), '12\n');
      expect(await refusal(data)).toMatch(/holds data of PostgreSQL 12 and this Quadra brings PostgreSQL 18/);
    });
  });

  it('gives two processes that start at once the same server, and only its starter stops it', async () => {
    const data = join(place, 'shared');
    const both = await Promise.all([start(data), start(data)]);
    const [starter, guest] = both[0].adopted ? [both[1], both[0]] : [both[0], both[1]];
    expect([starter.adopted, guest.adopted]).toEqual([false, true]);
    expect(guest.url).toBe(starter.url);
    const pid = serverOf(data);
    await guest.stop();
    expect(lives(pid)).toBe(true);
    await starter.stop();
    expect(lives(pid)).toBe(false);
  });

  it('repeats a first start that was killed half-way', async () => {
    const data = join(place, 'half');
    const child = launch(data);
    while (statSync(`${data}.init`, { throwIfNoEntry: false }) === undefined) await new Promise((go) => setTimeout(go, 2));
    child.signal('SIGKILL');
    await child.ended;
    const session = await start(data);
    expect(await query(session.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await session.stop();
  });

  it('refuses a folder that holds other files, and leaves them alone', async () => {
    const data = folder(join(place, 'letters'));
    writeFileSync(join(data, 'letter.txt'), 'dear');
    expect(await refusal(data)).toMatch(/holds files that are no PostgreSQL data/);
    expect(readFileSync(join(data, 'letter.txt'), 'utf8')).toBe('dear');
  });

  const underLockedParent = (): string => {
    const parent = join(place, 'locked');
    mkdirSync(parent, { mode: 0o700 }); // of the user who runs the tests
    return join(parent, 'quadra', 'postgres');
  };
  const asRoot = user === undefined && amRoot;
  if (!asRoot) {
    it('says which folder it may not use', async () => {
      const data = underLockedParent();
      if (!amRoot) chmodSync(join(place, 'locked'), 0o000);
      expect(await refusal(data)).toMatch(/The user \d+ may not use .*locked/);
      chmodSync(join(place, 'locked'), 0o700);
    });
  }

  if (asRoot && process.platform === 'linux') {
    it('works under a folder that only root enters', async () => {
      const data = underLockedParent();
      const session = await start(data);
      expect(session.logs.join('\n')).toMatch(/cannot enter .*: PostgreSQL is started inside its data directory/);
      await query(session.url, 'create table hidden as select 7 as n');
      await query(session.url, 'select pg_reload_conf(), pg_switch_wal()');
      const pid = serverOf(data);
      await session.murder();
      const heir = await start(data);
      expect([heir.adopted, serverOf(data)]).toEqual([true, pid]);
      await heir.stop();
      const last = await start(data);
      expect(await query(last.url, 'select n from hidden')).toEqual([{ n: 7 }]);
      expect(statSync(data).uid).not.toBe(0);
      await last.stop();
    });
  }
});

/** What a server that was killed leaves behind; written in place, so that the file keeps its owner. */
const leavePidFile = (dataDir: string, pid: number): void => {
  const path = join(dataDir, 'postmaster.pid');
  writeFileSync(path, [pid, dataDir, 1_700_000_000, 5432, '', '127.0.0.1', '  1234567         9', 'ready   ', ''].join('\n'), {
    mode: 0o600,
  });
  const { uid, gid } = statSync(dataDir);
  chownSync(path, uid, gid);
};

if (!amRoot) it.skip('root and a second user (SKIPPED: the tests do not run as root, so no other user can be tried)', () => undefined);
