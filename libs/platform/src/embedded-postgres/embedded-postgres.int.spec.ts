import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { amRoot, gone, lives, query, serverOf, Sessions, users } from './testing/sessions';

describe.each(users)('one data folder of the embedded PostgreSQL over its life, used by %s', (_name, user) => {
  let sessions: Sessions;
  beforeAll(() => {
    sessions = new Sessions(user);
  });
  afterAll(() => sessions.close());

  let data: string;
  beforeAll(() => {
    data = join(sessions.home, 'made', 'by', 'start', 'postgres');
  });

  it('starts in a folder that does not exist yet and finds its rows again at the second start', async () => {
    const first = await sessions.start(data);
    await query(first.url, 'create table ledger (cents bigint)');
    await query(first.url, 'insert into ledger values (1050)');
    const pid = serverOf(data);
    await first.stop();
    expect(lives(pid)).toBe(false);
    const second = await sessions.start(data);
    expect([first.adopted, second.adopted]).toEqual([false, false]);
    expect(await query(second.url, 'select cents from ledger')).toEqual([{ cents: '1050' }]);
    expect(new URL(second.url).port).toBe(new URL(first.url).port);
    await second.stop();
  });

  it('is durable, sorts bytewise, checks its pages and answers on the loopback address and in its own folder alone', async () => {
    const session = await sessions.start(data);
    const settings = `select string_agg(name || '=' || setting, ' ' order by name) as found from pg_settings
        where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'listen_addresses', 'unix_socket_directories')`;
    expect(await query(session.url, settings)).toEqual([
      {
        found: 'data_checksums=on fsync=on full_page_writes=on listen_addresses=127.0.0.1 synchronous_commit=on unix_socket_directories=.',
      },
    ]);
    expect(
      await query(session.url, `select datcollate, pg_encoding_to_char(encoding) as enc from pg_database where datname = 'quadra'`),
    ).toEqual([{ datcollate: 'C', enc: 'UTF8' }]);
    expect(await query(session.url, 'select inet_server_addr() is null as "bySocket"')).toEqual([{ bySocket: true }]);
    const byAddress = new URL(session.url);
    byAddress.searchParams.delete('host');
    expect(await query(byAddress.toString(), 'select inet_server_addr()::text as at')).toEqual([{ at: '127.0.0.1/32' }]);
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
    const session = await sessions.start(data);
    await query(session.url, 'insert into ledger select generate_series(1, 5000)');
    const pid = serverOf(data);
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    await session.stop();
    const again = await sessions.start(data);
    expect(again.adopted).toBe(false);
    expect(await query(again.url, 'select count(*)::int as n from ledger')).toEqual([{ n: 5001 }]);
    await again.stop();
  });

  it('does not take its starter down when it ends after its log was removed', async () => {
    const session = await sessions.start(data);
    const pid = serverOf(data);
    rmSync(`${data}.log`);
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await session.stop();
    await (await sessions.start(data)).stop();
  });

  it('adopts the server that a kill -9 of its starter left running, and stops it in the end', async () => {
    const session = await sessions.start(data);
    const pid = serverOf(data);
    await session.murder();
    expect(lives(pid)).toBe(true);
    const heir = await sessions.start(data);
    expect(heir.adopted).toBe(true);
    expect(serverOf(data)).toBe(pid);
    expect(await query(heir.url, 'select count(*)::int as n from ledger')).toEqual([{ n: 5001 }]);
    await heir.stop();
    expect(lives(pid)).toBe(false);
  });

  it('starts although postmaster.pid names a process that is dead', async () => {
    const dead = execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    leavePidFile(data, Number(dead));
    const session = await sessions.start(data);
    expect(session.adopted).toBe(false);
    await session.stop();
  });

  it('starts although the number in postmaster.pid was given to another program', async () => {
    leavePidFile(data, process.pid);
    const session = await sessions.start(data);
    expect(session.adopted).toBe(false);
    await session.stop();
  });

  it('mends a data folder that others may read', async () => {
    chmodSync(data, 0o755);
    const session = await sessions.start(data);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    await session.stop();
  });

  it('sets a new password when the access file was lost', async () => {
    rmSync(`${data}.access.json`);
    const session = await sessions.start(data);
    expect(await query(session.url, 'select count(*)::int as n from ledger')).toEqual([{ n: 5001 }]);
    await session.stop();
  });

  it('takes another port when its own was given away', async () => {
    const { port } = JSON.parse(readFileSync(`${data}.access.json`, 'utf8')) as { port: number };
    const thief = createServer();
    await new Promise<void>((go) => thief.listen(port, '127.0.0.1', go));
    const session = await sessions.start(data);
    expect(Number(new URL(session.url).port)).not.toBe(port);
    await session.stop();
    await new Promise((go) => thief.close(go));
  });

  it('stops with its starter on SIGTERM when asked to', async () => {
    const session = await sessions.start(data, 'signals');
    const pid = serverOf(data);
    session.child.signal('SIGTERM');
    await session.child.ended;
    await gone(pid);
    expect(lives(pid)).toBe(false);
  });

  it('says so when the data are of another version of PostgreSQL', async () => {
    writeFileSync(join(data, 'PG_VERSION'), '12\n');
    expect(await sessions.refusal(data)).toMatch(/holds data of PostgreSQL 12 and this Quadra brings PostgreSQL 18/);
  });
});

/** What a server leaves that was killed: its pid file, and the lock of its socket. */
const leavePidFile = (dataDir: string, pid: number): void => {
  const { port } = JSON.parse(readFileSync(`${dataDir}.access.json`, 'utf8')) as { port: number };
  const lines = [pid, dataDir, 1_700_000_000, port, '.', '127.0.0.1', '  1234567         9', 'ready   ', ''];
  const { uid, gid } = statSync(dataDir);
  for (const name of ['postmaster.pid', `.s.PGSQL.${port}.lock`]) {
    writeFileSync(join(dataDir, name), lines.join('\n'), { mode: 0o600 });
    chownSync(join(dataDir, name), uid, gid);
  }
};

if (!amRoot) it.skip('root and a second user (SKIPPED: the tests do not run as root, so no other user can be tried)', () => undefined);
