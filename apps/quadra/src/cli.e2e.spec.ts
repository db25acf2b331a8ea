import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '../../../tools/generator';
import type { TestDatabase } from '../../../test/support/postgres';
import { withDatabase } from '../../../test/support/postgres';
import { runCli } from './cli';
import type { OwnInstance } from './cli/session';
import { openOwn, settingsOf } from './cli/session';

/* Imports run in compiled reader threads: `npm test` compiles first. */

let folder: string;
let org: string;
let database: TestDatabase;
let own: OwnInstance;
let env: NodeJS.ProcessEnv;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = async (args: readonly string[], variables: NodeJS.ProcessEnv = env): Promise<Ran> => {
  let [out, err] = ['', ''];
  const io = { out: (t: string) => (out += `${t}\n`), say: (t: string) => (err += `${t}\n`), interactive: false, env: variables };
  return { code: await runCli(args, { ...io, out: (t) => void io.out(t), say: (t) => void io.say(t) }), out, err };
};

const sentence = ({ out, err }: Ran): string => {
  expect(out).toBe('');
  expect(err).not.toMatch(/^\s+at /m);
  return err.trim();
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quadra-cli-'));
  await generate({ payments: 5, orgs: 1, seed: 'cli', month: '2026-03', out: join(folder, 'files') });
  org = (JSON.parse(readFileSync(join(folder, 'files', 'organizations.json'), 'utf8')) as { fiscalCode: string }[])[0]!.fiscalCode;
  database = await withDatabase();
  const silent = {
    out: () => undefined,
    say: () => undefined,
    interactive: false,
    env: { DATABASE_URL: database.url, QUADRA_MAX_FILE_BYTES: '1000000' },
  };
  own = await openOwn(silent, { ...settingsOf(silent, { data: join(folder, 'data') }), port: 0, rateLimit: 0 });
  env = { QUADRA_URL: own.server.url, QUADRA_API_KEY: own.key };
}, 120_000);

afterAll(async () => {
  await own?.close();
  await database?.drop();
  if (folder) rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('wrong usage ends with exit code 2', () => {
  it.each([
    [['nothing']],
    [['import']],
    [['import', 'x.xml']],
    [['import', '--org', '123', 'x.xml']],
    [['report', 'reconciliation', '--org', '01234567890', '--lang', 'fr']],
    [['report', 'reconciliation', '--org', '01234567890', '--format', 'xls']],
    [['generate', '--payments', 'many', '--out', 'x']],
    [['start', '--port', '99999']],
    [['processors', '--url', 'ftp://x']],
    [['key', 'create', '--name', 'x', '--roles', 'king']],
    [['key', 'list', '--url', 'http://127.0.0.1:1']],
    [['bench', 'nothing']],
    [['start', '--url', 'http://127.0.0.1:1']],
    [['demo', '--url', 'http://127.0.0.1:1']],
    [['doctor', '--url', 'http://127.0.0.1:1']],
    [['report', 'reconciliation', '--org', '01234567890', '--format', 'csv', '--json']],
  ])('%j', async (args) => {
    const ran = await run(args, {});
    expect([ran.code, ran.out]).toEqual([2, '']);
    expect(ran.err).not.toMatch(/^\s+at /m);
    expect(ran.err.trim()).not.toBe('');
  });

  it('a secret that is too short, named with every other wrong setting', async () => {
    const ran = await run(['start', '--data', join(folder, 'short')], { QUADRA_SECRET: 'short', QUADRA_PORT: '99999' });
    expect([ran.code, sentence(ran)]).toEqual([2, expect.stringMatching(/^--port \(QUADRA_PORT\): .+; QUADRA_SECRET holds 5 bytes/)]);
    expect(existsSync(join(folder, 'short'))).toBe(false);
  });

  it('a setting that only a part of the instance reads', async () => {
    const before = process.env['QUADRA_EVENTS_RETENTION_DAYS'];
    process.env['QUADRA_EVENTS_RETENTION_DAYS'] = 'x';
    const ran = await run(['processors', '--data', join(folder, 'days')], {});
    if (before === undefined) delete process.env['QUADRA_EVENTS_RETENTION_DAYS'];
    else process.env['QUADRA_EVENTS_RETENTION_DAYS'] = before;
    expect([ran.code, sentence(ran)]).toEqual([2, 'QUADRA_EVENTS_RETENTION_DAYS: "x" is not a number of days']);
  });

  it('but help and version are no errors', async () => {
    expect((await run(['--help'])).code).toBe(0);
    expect((await run(['--version'])).out.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe('what fails ends with exit code 1 and one sentence', () => {
  it('a file that is not there', async () => {
    const ran = await run(['import', '--org', org, 'missing.xml']);
    expect([ran.code, sentence(ran)]).toEqual([1, 'There is no file missing.xml']);
  });

  it('keys of an instance that is not there, which is not made for that', async () => {
    const ran = await run(['key', 'list', '--data', join(folder, 'nowhere')], {});
    expect([ran.code, sentence(ran)]).toEqual([1, `There is no instance in ${join(folder, 'nowhere')}`]);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('an organization that is not registered', async () => {
    writeFileSync(join(folder, 'some.csv'), 'a;b\n');
    const ran = await run(['import', '--org', '11111111115', join(folder, 'some.csv')]);
    expect([ran.code, sentence(ran)]).toEqual([1, 'some.csv: No organization with the fiscal code 11111111115 is visible to you.']);
  });

  it('a secret that does not open what the instance holds, found before the start', async () => {
    const secretOf = async (data: string): Promise<unknown> => {
      const ran = await run(['doctor', '--data', join(folder, data), '--json'], { DATABASE_URL: database.url });
      const finding = (JSON.parse(ran.out) as { check: string; says: string }[]).find(({ check }) => check === 'secret');
      return [ran.code, finding];
    };
    const says = expect.stringMatching(/^The secret is not the one that this instance was begun with/);
    expect(await secretOf('stranger')).toEqual([1, { check: 'secret', ok: false, says }]);
    expect(existsSync(join(folder, 'stranger'))).toBe(false);
    expect(await secretOf('data')).toEqual([0, expect.objectContaining({ ok: true })]);
  });

  it('an instance that does not answer, and a key that is wrong', async () => {
    const away = await run(['processors', '--url', 'http://127.0.0.1:1']);
    expect([away.code, sentence(away)]).toEqual([1, expect.stringMatching(/^No instance answers at http:\/\/127.0.0.1:1 /)]);
    const locked = await run(['processors'], { ...env, QUADRA_API_KEY: 'wrong' });
    expect([locked.code, sentence(locked)]).toEqual([1, expect.stringMatching(/^The request needs a valid key/)]);
  });
});

describe('the way of an officer', () => {
  beforeAll(async () => {
    const headers = { Authorization: `Bearer ${own.key}`, 'Content-Type': 'application/json' };
    await fetch(`${own.server.url}/api/v1/organizations`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ fiscalCode: org, name: 'Comune di Prova' }),
    });
  });

  it('imports a folder, waits until it is reconciled and prints what became of the records', async () => {
    const ran = await run(['import', '--org', org, join(folder, 'files', org), '--json']);
    expect(ran.code).toBe(0);
    for (const file of JSON.parse(ran.out)) {
      const { read, recorded, unchanged, conflicting, ignored, rejected } = file.records;
      expect([file.status, recorded + unchanged + conflicting + ignored + rejected]).toEqual(['imported', read]);
    }
  }, 60_000);

  it('finishes with exit code 3 or 1 and names what is wrong in a broken file', async () => {
    mkdirSync(join(folder, 'broken'));
    writeFileSync(join(folder, 'broken', 'flow.xml'), '<FlussoRiversamento><broken');
    const ran = await run(['import', '--org', org, join(folder, 'broken', 'flow.xml')]);
    expect([1, 3]).toContain(ran.code);
    expect(ran.err).toMatch(/^flow\.xml.*: .+\([A-Z_a-z-]+\)$/m);
    expect(ran.err).not.toMatch(/^\s+at /m);
  });

  it('holds to the greatest length of a file that the settings name', async () => {
    writeFileSync(join(folder, 'long.csv'), Buffer.alloc(1_000_001, 'x'));
    const ran = await run(['import', '--org', org, join(folder, 'long.csv')]);
    expect([ran.code, sentence(ran)]).toEqual([1, expect.stringContaining('larger than 1000000 bytes')]);
  });

  it('takes in what is good beside a file that cannot be, and says both', async () => {
    writeFileSync(join(folder, 'empty.xml'), '');
    const good = join(folder, 'files', org);
    const ran = await run(['import', '--org', org, join(folder, 'empty.xml'), good, '--json']);
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/^empty\.xml: The file holds no byte\.$/m)]);
    expect(JSON.parse(ran.out)).toHaveLength(readdirSync(good).length);
  }, 60_000);

  it('names a path that leads to no file, and takes in the others', async () => {
    const [good] = readdirSync(join(folder, 'files', org)).map((name) => join(folder, 'files', org, name));
    const ran = await run(['import', '--org', org, join(folder, 'nowhere.xml'), good!, '--json']);
    expect([ran.code, ran.err.trim()]).toEqual([1, `There is no file ${join(folder, 'nowhere.xml')}`]);
    expect(JSON.parse(ran.out)).toHaveLength(1);
  }, 60_000);

  it('ends with exit code 2 when the instance finds a value that cannot be', async () => {
    const ran = await run(['report', 'reconciliation', '--org', org, '--from', '2026-02-30', '--to', '2026-03-10']);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('from')]);
  });

  it('reads the report, a payment and its history, in Italian when asked', async () => {
    const period = ['--from', '2026-03-01', '--to', '2026-04-10'];
    const report = await run(['report', 'reconciliation', '--org', org, ...period, '--lang', 'it']);
    expect([report.code, report.out]).toEqual([0, expect.stringContaining('Le cifre quadrano.')]);
    expect((await run(['report', 'reconciliation', '--org', org, ...period, '--format', 'csv'])).out).toMatch(
      /^section;key;count;cents;text\n/,
    );
    const headers = { Authorization: `Bearer ${own.key}` };
    const list = (await (await fetch(`${own.server.url}/api/v1/organizations/${org}/payments?limit=1`, { headers })).json()) as {
      items: { iuv: string }[];
    };
    const iuv = list.items[0]!.iuv;
    expect((await run(['payment', iuv, '--org', org])).out).toContain(`IUV ${iuv}`);
    expect((await run(['history', iuv, '--org', org])).out).toContain('ReceiptReceived');
    expect((await run(['payment', 'nothing', '--org', org])).code).toBe(1);
  });

  it('sees the processors and rebuilds a read model', async () => {
    expect((await run(['processors'])).out).toMatch(/^matcher /m);
    expect((await run(['rebuild', 'organizations'])).code).toBe(0);
    expect((await run(['parked', 'list'])).out).toBe('Nothing is parked.\n');
  });

  it('takes a file back with a reason, and tells what was known before', async () => {
    const headers = { Authorization: `Bearer ${own.key}` };
    const filesOf = async () =>
      (
        (await (await fetch(`${own.server.url}/api/v1/organizations/${org}/files?status=imported`, { headers })).json()) as {
          items: { fileId: string }[];
        }
      ).items;
    const { fileId } = (await filesOf())[0]!;
    const before = new Date().toISOString();
    const period = ['--from', '2026-03-01', '--to', '2026-04-10', '--json'];
    const report = async (...more: string[]) => JSON.parse((await run(['report', 'reconciliation', '--org', org, ...period, ...more])).out);
    const { hash } = await report();
    const voided = await run(['void', fileId, '--org', org, '--reason', 'sent twice']);
    expect([voided.code, voided.out]).toEqual([0, expect.stringMatching(/ was taken back\n$/)]);
    expect((await run(['void', fileId, '--org', org, '--reason', 'again'])).out).toMatch(/ had been taken back already\n$/);
    expect((await report()).hash).not.toBe(hash);
    expect((await report('--as-of', before)).hash).toBe(hash);
    expect((await run(['void', fileId, '--org', org, '--reason', ' '])).code).toBe(2);
    expect((await run(['void', 'nothing', '--org', org, '--reason', 'r'])).code).toBe(1);
    expect((await run(['parked', 'skip', '--processor', 'matcher', '--org', org, '--reason', 'r'])).code).toBe(1);
  });

  it('matches files once without an instance, a line per transfer', async () => {
    const out = join(folder, 'result.csv');
    const ran = await run(['reconcile', '--org', org, join(folder, 'files', org), '--out', out], {});
    expect(ran.code).toBe(0);
    expect(readFileSync(out, 'utf8')).toMatch(/^iuv;issuer;iur;transferIndex;state;discrepancies;labels;amountCents;reportedCents;iuf\n/);
  });
});
