import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Standalone } from '../apps/quadra/src/standalone';
import { openStandalone } from '../apps/quadra/src/standalone';
import { generate } from '../tools/generator';
import { acceptAll, answersOf, differences, openMonth, registerAll, settle, shuffled, truthOf } from '../tools/bench/month';
import type { Month } from '../tools/bench/month';
import { withDatabase } from './support/postgres';

/** 100,000 in the pipeline (QUADRA_TRUTH_PAYMENTS), fewer where a developer waits. */
const PAYMENTS = Number(process.env.QUADRA_TRUTH_PAYMENTS ?? 1_500);
const LOADER = resolve(__dirname, '../dist/test/support/load-month.js');
const NOTHING_DIFFERS = { found: [], wanted: [], count: 0 };

/** Runs the loader until it ends by itself, killing it the first times after so many milliseconds. */
const loadWithKills = async (args: string[], killAfterMs: number[]): Promise<{ kills: number; hashes: Record<string, string> }> => {
  let kills = 0;
  for (;;) {
    const child = spawn(process.execPath, [LOADER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    let timer: NodeJS.Timeout | undefined;
    const limit = killAfterMs[kills];
    child.stdout.on('data', (d: Buffer) => (out += d.toString()));
    child.stderr.on('data', (d: Buffer) => {
      err += d.toString();
      if (limit !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), limit);
    });
    const code = await new Promise<number | null>((done) => child.on('close', done));
    clearTimeout(timer);
    if (code === 0) return { kills, hashes: JSON.parse(out) as Record<string, string> };
    if (code !== null) throw new Error(`the loader failed: ${err}`);
    kills++;
  }
};

describe(`a month of ${PAYMENTS} payments of five bodies, with every anomaly that was planted`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'quadra-truth-'));
  const databases: { url: string; drop(): Promise<void> }[] = [];
  let month: Month;
  let quadra: Standalone;
  let hashes: Record<string, string>;

  const database = async () => {
    const made = await withDatabase();
    databases.push(made);
    return made;
  };

  beforeAll(async () => {
    const out = join(scratch, 'month');
    await generate({ payments: PAYMENTS, orgs: 5, seed: 7, month: '2026-10', out });
    month = openMonth(out);
    quadra = await openStandalone({ dataDir: join(scratch, 'a'), databaseUrl: (await database()).url });
    await registerAll(quadra, month);
    await acceptAll(quadra, month);
    await settle(quadra);
    hashes = await quadra.processors.hashes();
  }, 1_800_000);

  afterAll(async () => {
    await quadra?.close();
    for (const d of databases) await d.drop();
    rmSync(scratch, { recursive: true, force: true });
  }, 120_000);

  it('is concluded as planted: every transfer, every flow, every credit', async () => {
    const [answers, truth] = [await answersOf(quadra, month), truthOf(month)];
    expect(answers.transfers).toHaveLength(truth.transfers.length);
    expect(differences(answers.transfers, truth.transfers)).toEqual(NOTHING_DIFFERS);
    expect(differences(answers.flows, truth.flows)).toEqual(NOTHING_DIFFERS);
    expect(differences(answers.credits, truth.credits)).toEqual(NOTHING_DIFFERS);
  }, 600_000);

  it('has reports whose totals tie to the cent, for every body', async () => {
    for (const { fiscalCode } of month.organizations) {
      const report = await quadra.queries.reconciliationReport(fiscalCode, { from: '2026-10-01' as never, to: '2026-10-31' as never });
      expect(report.checks.filter((c) => !c.holds)).toEqual([]);
      expect(report.recorded.count).toBeGreaterThan(0);
    }
  });

  it('accounts for every record of every file', async () => {
    for (const { fiscalCode } of month.organizations) {
      const { items } = await quadra.queries.files(fiscalCode, {}, { limit: 1000 });
      for (const { name, status, records, reconciled } of items) {
        const { read, recorded, unchanged, conflicting, ignored, rejected } = records;
        expect({ name, status, reconciled, rejected, sum: recorded + unchanged + conflicting + ignored + rejected }).toEqual({
          name,
          status: 'imported',
          reconciled: true,
          rejected: 0,
          sum: read,
        });
      }
    }
  });

  /** The seals left out: they are made when it pleases the clock. */
  const recorded = async (): Promise<number> =>
    (await quadra.pool.query<{ n: number }>(`select count(*)::int as n from events.event where stream not like 'seal-%'`)).rows[0]!.n;

  it('stays as it is when everything is taken in a second time', async () => {
    const before = await recorded();
    const again = await acceptAll(quadra, month, shuffled(month.files, 3));
    await settle(quadra);
    expect(again.every((f) => f.duplicate)).toBe(true);
    expect(await recorded()).toBe(before);
    expect(await quadra.processors.hashes()).toEqual(hashes);
  }, 1_800_000);

  it('is equal after every read model was rebuilt from the first event', async () => {
    const results = await quadra.processors.rebuild([]);
    expect(results.map((r) => r.equal)).toEqual(results.map(() => true));
    expect(await quadra.processors.hashes()).toEqual(hashes);
  }, 1_800_000);

  it('is equal when the files come in another order and the process is killed in the middle, again and again', async () => {
    const { url } = await database();
    const loaded = await loadWithKills([month.dir, join(scratch, 'b'), url, '11'], [400, 1_500, 4_000]);
    expect(loaded.kills).toBeGreaterThan(0);
    expect(withoutFiles(loaded.hashes)).toEqual(withoutFiles(hashes));
  }, 1_800_000);
});

/** Which file brought a record, and how often it was told, depends on the order; what is concluded does not. */
const withoutFiles = ({ files: _, ...rest }: Record<string, string>): Record<string, string> => rest;
