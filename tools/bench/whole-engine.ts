/**
 * The whole engine, import to report, beside the limit of the same machine in the same run: copying three text events per
 * payment into a table with the keys of the event table.
 *
 *   node dist/tools/bench/whole-engine.js [payments…]     (10000 100000 by default)
 *
 * Generating the month is not timed. `receipts=csv|xml|mixed` chooses the format of the receipts. Prints a table and one JSON line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Pool } from 'pg';
import { openStandalone } from '../../apps/quadra/src/standalone';
import type { Standalone } from '../../apps/quadra/src/standalone';
import { acceptAll, openMonth, registerAll, settle } from './month';
import { generate } from '../generator';

const ORGANIZATIONS = 5;
const EVENTS_PER_PAYMENT = 3;
const ROWS_PER_COPY = 5_000;

interface Measured {
  readonly payments: number;
  readonly files: number;
  readonly megabytes: number;
  readonly seconds: { readonly accepted: number; readonly imported: number; readonly reconciled: number; readonly reported: number };
  readonly paymentsPerSecond: number;
  readonly copyLimitPerSecond: number;
  readonly ratioToLimit: number;
  readonly peakMegabytes: number;
  /** Processor time of the process, all threads; the database's is not in it. */
  readonly cpuSeconds: number;
  readonly events: string;
}

const PAYLOAD = JSON.stringify({
  receiptId: '0123456789abcdef0123456789abcdef',
  issuer: '99001000001',
  outcome: 'OK',
  totalCents: 12345,
  paidOn: '2026-10-12',
  paidAt: '2026-10-12T10:11:12',
  psp: 'BPPIITRRXXX',
  transfers: [{ index: 1, amountCents: 12345, iban: 'IT60X0542811101000000123456', category: '9/0101108TS/' }],
  othersCents: 0,
  personalRef: 'f'.repeat(64) + '_1:12:345',
  debtorDigest: 'a'.repeat(32),
});
const META = JSON.stringify({
  commandId: `${'f'.repeat(64)}_1/0/123`,
  actor: 'bench',
  source: { fileId: `${'f'.repeat(64)}_1`, line: 123 },
  recordedAt: new Date(0).toISOString(),
});

const copyRow = (n: number): string => {
  const stream = `payment-99001000001_${String(Math.floor(n / EVENTS_PER_PAYMENT)).padStart(17, '0')}`;
  const id = `00000000-0000-5000-8000-${n.toString(16).padStart(12, '0')}`;
  return `${n + 1}\t${stream}\t${n % EVENTS_PER_PAYMENT}\t${id}\tReceiptReceived\t${PAYLOAD}\t${META}\n`;
};

/** Payments per second when nothing is done but copying their events, 5,000 rows a durable transaction. */
const copyLimit = async (pool: Pool, payments: number): Promise<number> => {
  const rows = payments * EVENTS_PER_PAYMENT;
  await pool.query(`create schema if not exists bench; drop table if exists bench.event;
    create table bench.event (position bigint primary key, stream text collate "C", revision int, id uuid, type text, data text, meta text, unique (stream, revision))`);
  const client = await pool.connect();
  const start = performance.now();
  await client.query('set synchronous_commit = on');
  for (let from = 0; from < rows; from += ROWS_PER_COPY) {
    let text = '';
    for (let n = from; n < Math.min(rows, from + ROWS_PER_COPY); n++) text += copyRow(n);
    await pipeline(Readable.from([text]), client.query(copyFrom('copy bench.event from stdin')));
  }
  const seconds = (performance.now() - start) / 1000;
  client.release(true);
  await pool.query('drop schema bench cascade');
  return payments / seconds;
};

const watchMemory = (): (() => number) => {
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100);
  return () => {
    clearInterval(timer);
    return Math.round(peak / 1e6);
  };
};

const run = async (quadra: Standalone, dir: string, payments: number, megabytes: number): Promise<Measured> => {
  const month = openMonth(dir);
  await registerAll(quadra, month);
  const peak = watchMemory();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const elapsed = () => Math.round(performance.now() - start) / 1000;
  await acceptAll(quadra, month);
  const accepted = elapsed();
  await quadra.intake.idle();
  const imported = elapsed();
  await settle(quadra);
  const reconciled = elapsed();
  for (const o of month.organizations) {
    const report = await quadra.queries.reconciliationReport(o.fiscalCode, { from: '2026-10-01' as never, to: '2026-10-31' as never });
    if (report.checks.some((c) => !c.holds)) throw new Error(`the report of ${o.fiscalCode} does not tie`);
  }
  const reported = elapsed();
  const used = process.cpuUsage(cpu);
  const peakMegabytes = peak();
  const limit = await copyLimit(quadra.pool, Math.min(payments, 200_000));
  const rate = payments / reported;
  return {
    payments,
    files: month.files.length,
    megabytes,
    seconds: { accepted, imported, reconciled, reported },
    paymentsPerSecond: Math.round(rate),
    copyLimitPerSecond: Math.round(limit),
    ratioToLimit: Math.round((rate / limit) * 100) / 100,
    peakMegabytes,
    cpuSeconds: Math.round((used.user + used.system) / 1e5) / 10,
    events: String(await quadra.store.head()),
  };
};

const main = async (args: readonly string[]): Promise<void> => {
  const sizes = args.filter((a) => /^\d+$/.test(a)).map(Number);
  const receipts = (args.find((a) => a.startsWith('receipts='))?.slice(9) ?? 'mixed') as 'xml' | 'csv' | 'mixed';
  const results: Measured[] = [];
  for (const payments of sizes.length ? sizes : [10_000, 100_000]) {
    const scratch = mkdtempSync(join(tmpdir(), 'quadra-bench-'));
    try {
      const dir = join(scratch, 'month');
      const made = await generate({ payments, orgs: ORGANIZATIONS, seed: 1, month: '2026-10', out: dir, receipts });
      const quadra = await openStandalone({ dataDir: join(scratch, 'data') });
      try {
        results.push(await run(quadra, dir, payments, Math.round(made.bytes / 1e6)));
      } finally {
        await quadra.close();
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    console.table(results.map(({ seconds, ...r }) => ({ ...r, ...seconds })));
  }
  console.log(JSON.stringify(results));
};

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error);
  process.exit(1);
});
