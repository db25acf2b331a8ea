import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { amRoot, lives, query, serverOf, Sessions, users } from './testing/sessions';

describe.each(users)('the folder of an embedded PostgreSQL, started by %s', (_name, user) => {
  let sessions: Sessions;
  beforeAll(() => {
    sessions = new Sessions(user);
  });
  afterAll(() => sessions.close());

  it('gives two processes that start at once the same server, and only its starter stops it', async () => {
    const data = join(sessions.home, 'shared');
    const both = await Promise.all([sessions.start(data), sessions.start(data)]);
    const [starter, guest] = both[0].adopted ? [both[1], both[0]] : [both[0], both[1]];
    expect([starter.adopted, guest.adopted]).toEqual([false, true]);
    expect(guest.url).toBe(starter.url);
    const pid = serverOf(data);
    await guest.stop();
    expect(lives(pid)).toBe(true);
    await starter.stop();
    expect(lives(pid)).toBe(false);
  });

  it('is refused to who wants it alone while the starter of its server lives, and given to him afterwards', async () => {
    const data = join(sessions.home, 'alone');
    const starter = await sessions.start(data);
    expect(await sessions.refusal(data, 'alone')).toBe(`${data} is in use by process ${starter.child.pid}: try again when that has ended.`);
    await starter.murder();
    const heir = await sessions.start(data, 'alone');
    expect(heir.adopted).toBe(true);
    await heir.stop();
  });

  it('repeats a first start that was killed half-way', async () => {
    const data = join(sessions.home, 'half');
    const child = sessions.launch(data);
    while (!readdirSync(sessions.home).some((entry) => entry.startsWith('half.init-'))) await new Promise((go) => setTimeout(go, 2));
    child.signal('SIGKILL');
    await child.ended;
    const session = await sessions.start(data);
    expect(await query(session.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(session.adopted).toBe(false);
    await session.stop();
  });

  it('is reached by the loopback address where its path is too long for a socket', async () => {
    const session = await sessions.start(join(sessions.home, 'n'.repeat(120), 'postgres'));
    expect(await query(session.url, 'select inet_server_addr()::text as at')).toEqual([{ at: '127.0.0.1/32' }]);
    await session.stop();
  });

  it('refuses a folder that holds other files, and leaves them alone', async () => {
    const data = sessions.folder('letters');
    writeFileSync(join(data, 'letter.txt'), 'dear');
    expect(await sessions.refusal(data)).toMatch(/holds files that are no PostgreSQL data/);
    expect(readFileSync(join(data, 'letter.txt'), 'utf8')).toBe('dear');
  });

  const underLockedParent = (): string => {
    const parent = join(sessions.home, 'locked');
    mkdirSync(parent, { mode: 0o700 }); // of the user who runs the tests
    return join(parent, 'quadra', 'postgres');
  };
  const asRoot = user === undefined && amRoot;
  if (!asRoot) {
    it('says which folder it may not use', async () => {
      const data = underLockedParent();
      if (!amRoot) chmodSync(join(sessions.home, 'locked'), 0o000);
      expect(await sessions.refusal(data)).toMatch(/The user \d+ may not use .*locked/);
      chmodSync(join(sessions.home, 'locked'), 0o700);
    });
  }

  if (asRoot && process.platform === 'linux') {
    it('works under a folder that only root enters', async () => {
      const data = underLockedParent();
      const session = await sessions.start(data);
      expect(session.logs.join('\n')).toMatch(/cannot enter .*: PostgreSQL is started inside its data directory/);
      await query(session.url, 'create table hidden as select 7 as n');
      await query(session.url, 'select pg_reload_conf(), pg_switch_wal()');
      const pid = serverOf(data);
      await session.murder();
      const heir = await sessions.start(data);
      expect([heir.adopted, serverOf(data)]).toEqual([true, pid]);
      await heir.stop();
      const last = await sessions.start(data);
      expect(await query(last.url, 'select n from hidden')).toEqual([{ n: 7 }]);
      expect(statSync(data).uid).not.toBe(0);
      await last.stop();
    });
  }
});
