import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import type { AuditLine } from '../../apps/quadra/src/cli/audit';
import { acceptAll, registerAll, settle, type Month } from '../../tools/bench/month';
import { ApiClient } from '../cluster/client';
import { Cluster } from '../cluster/cluster';
import { whyNoKafka } from '../../tools/kafka';
import { alone } from '../support/alone';
import { Chaos } from './chaos';
import { rowsOf, toldOf } from './rows';

/** `QUADRA_CHAOS_ROUNDS` sets the number of rounds; a few of them are enough to see that the suite itself works. */
const ROUNDS = Number(process.env['QUADRA_CHAOS_ROUNDS'] ?? 2);
const SEED = process.env['QUADRA_CHAOS_SEED'] ?? 'chaos';
const PAYMENTS = 60;
const MINUTES = 60_000;

const QUADRA = resolve(__dirname, '../../apps/quadra/bin/quadra.js');
const run = promisify(execFile);

/** What `quadra audit` says of the cluster, and its exit code. */
const auditOf = async (cluster: Cluster): Promise<{ code: number; said: string }> => {
  const options = { env: { ...process.env, QUADRA_API_KEY: cluster.key }, maxBuffer: 16 * 1024 * 1024 };
  try {
    const { stdout } = await run(process.execPath, [QUADRA, 'audit', '--json', '--url', cluster.url], options);
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: `${stdout}\n${stderr}` };
  }
};

/** What is concluded, and what was told of it last. */
const allOf = async (pool: Pool): Promise<string[]> => [...(await rowsOf(pool)), ...(await toldOf(pool)).map((row) => `told ${row}`)];

/** What one undisturbed process concludes of the same files. */
const undisturbed = (months: readonly Month[], dataDir: string): Promise<string[]> =>
  alone(dataDir, async (quadra) => {
    for (const month of months) {
      await registerAll(quadra, month);
      await acceptAll(quadra, month);
    }
    await settle(quadra);
    return allOf(quadra.pool);
  });

const lacking = (rows: readonly string[], all: readonly string[]): string[] => {
  const there = new Set(all);
  return rows.filter((row) => !there.has(row));
};

const missing = whyNoKafka();
const whenItCanRun = missing === undefined ? describe : describe.skip;
const skipped = missing === undefined ? '' : ` (SKIPPED: ${missing})`;

whenItCanRun(`${ROUNDS} months that come in while parts of the cluster are killed${skipped}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'quadra-chaos-spec-'));
  const cluster = new Cluster();
  const api = new ApiClient(
    () => cluster.url,
    () => cluster.key,
  );
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const chaos = new Chaos(cluster, api, { rounds: ROUNDS, payments: PAYMENTS, seed: SEED, blows: 3, say });

  beforeAll(() => cluster.open(), 3 * MINUTES);
  afterAll(async () => {
    delete process.env['QUADRA_SECRET'];
    await cluster.close();
    chaos.close();
    rmSync(scratch, { recursive: true, force: true });
  }, MINUTES);

  it(
    'lose nothing, double nothing, and every part agrees with every other one',
    async () => {
      const figures = await chaos.run().catch(async (error: unknown) => {
        const { json } = await api.call('GET', '/processors').catch(() => ({ json: undefined }));
        say(`${JSON.stringify(json)}\n${cluster.logs()}`);
        throw error;
      });
      const audit = await auditOf(cluster);
      const found = await cluster.withPool(allOf);
      process.env['QUADRA_SECRET'] = cluster.secret;
      const wanted = await undisturbed(chaos.months, join(scratch, 'standalone'));
      const [lost, doubled] = [lacking(wanted, found), lacking(found, wanted)];
      say(JSON.stringify({ ...figures, rows: found.length, lost: lost.length, doubled: doubled.length }));
      say(audit.said);
      expect(audit.code).toBe(0);
      const checks = JSON.parse(audit.said) as AuditLine[];
      expect(checks.map(({ check, differences }) => [check, differences])).toEqual(checks.map(({ check }) => [check, 0]));
      expect(checks.map(({ check }) => check)).toEqual(expect.arrayContaining(['store and seals', 'store and events topic']));
      expect({ lost: lost.slice(0, 5), doubled: doubled.slice(0, 5) }).toEqual({ lost: [], doubled: [] });
    },
    (5 + ROUNDS) * MINUTES,
  );
});
