import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './cli';
import { packageRoot } from './cli/root';

const folder = mkdtempSync(join(tmpdir(), 'quadra-data-'));
const path = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> => {
  let [out, err] = ['', ''];
  const code = await runCli(args, { out: (t) => void (out += `${t}\n`), say: (t) => void (err += `${t}\n`), interactive: false, env });
  return { code, out, err };
};

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly says: string;
}

/** What the doctor finds wrong. */
const complaints = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> => {
  const { code, out } = await run(['doctor', '--port', '0', '--json', ...args], env);
  const failed = (JSON.parse(out) as Finding[]).filter((f) => !f.ok);
  expect(code).toBe(failed.length > 0 ? 1 : 0);
  return failed.map(({ check, says }) => `${check}: ${says}`);
};

describe('a folder that cannot be used', () => {
  beforeAll(() => {
    writeFileSync(path('file'), 'text');
    mkdirSync(path('foreign', 'postgres'), { recursive: true });
    writeFileSync(path('foreign', 'postgres', 'letter.txt'), 'dear');
    mkdirSync(path('flat'));
    writeFileSync(path('flat', 'postgres'), 'text');
  });

  it.each([
    ['file', /^The folder .*file cannot be made: it is there and is not a folder\n$/, /^data folder: .*file is not a folder$/],
    ['foreign', /holds files that are no PostgreSQL data/, /^database: .*holds files that are no PostgreSQL data/],
    ['flat', /postgres exists and is not a folder/, /^database: .*postgres exists and is not a folder/],
  ])('is found by the doctor where a start refuses it: %s', async (name, refusal, complaint) => {
    const started = await run(['start', '--data', path(name), '--port', '0']);
    expect([started.code, started.out, started.err]).toEqual([1, '', expect.stringMatching(refusal)]);
    expect(await complaints(['--data', path(name)])).toContainEqual(expect.stringMatching(complaint));
  });

  it('is not made for sample files either', async () => {
    const ran = await run(['generate', '--out', path('file', 'more')]);
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/^The folder .*more cannot be made: a part of its path is there/)]);
  });

  if (process.platform === 'linux') {
    it.each([
      ['start', '--data'],
      ['generate', '--out'],
      ['doctor', '--data'],
    ])('ends %s in one sentence under /proc', (command, option) => {
      const bin = join(packageRoot(), 'apps', 'quadra', 'bin', 'quadra.js');
      const args = [bin, command, option, '/proc/1/x'];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL' });
      expect([status, `${stdout}${stderr}`]).toEqual([1, expect.stringMatching(/The folder \/proc\/1\/\S+ cannot be made: .+$/m)]);
    });
  }
});

describe('the doctor', () => {
  it('has nothing to say against a new folder, and leaves nothing in it', async () => {
    expect(await complaints(['--data', path('new')], { QUADRA_URL: 'http://127.0.0.1:1' })).toEqual([]);
    expect(existsSync(path('new'))).toBe(false);
    mkdirSync(path('empty'));
    expect(await complaints(['--data', path('empty')])).toEqual([]);
    expect(readdirSync(path('empty'))).toEqual([]);
  });

  it('finds a port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((ready) => other.listen(0, '127.0.0.1', ready));
    const { port } = other.address() as AddressInfo;
    const ran = await run(['doctor', '--data', path('new')], { QUADRA_PORT: String(port) });
    expect([ran.code, ran.out]).toEqual([1, expect.stringContaining(`FAIL  port: port ${port} of 127.0.0.1 is taken by another program`)]);
    await new Promise((closed) => other.close(closed));
  });
});

describe('two commands at once on one data folder', () => {
  it('do not disturb each other: the second one is told that the folder is in use', async () => {
    const both = await Promise.all([1, 2].map(() => run(['processors', '--data', path('shared')])));
    const [served, refused] = both[0]!.code === 0 ? both : [both[1], both[0]];
    expect([served!.code, served!.out]).toEqual([0, expect.stringMatching(/^matcher /m)]);
    const sentence = `${path('shared', 'postgres')} is in use by process ${process.pid}: try again when that has ended.\n`;
    expect([refused!.code, refused!.out, refused!.err]).toEqual([1, '', sentence]);
    expect(await complaints(['--data', path('shared')])).toEqual([]);
  }, 120_000);
});
