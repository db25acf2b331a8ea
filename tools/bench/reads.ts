/**
 * How long the questions of an office take when its body has very many transfers, beside one plain pass of PostgreSQL over the same
 * rows in the same run: what needs no pass must take a small part of it.
 *
 *   node dist/tools/bench/reads.js [transfers]     (1000000 by default)
 *
 * A small month is loaded, and its rows are then repeated under other ids in the tables themselves. Prints a table and one JSON line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Standalone } from '../../apps/quadra/src/standalone';
import { openStandalone } from '../../apps/quadra/src/standalone';
import { generate } from '../generator';
import { acceptAll, openMonth, registerAll, settle } from './month';

const SEED_PAYMENTS = 1_000;
const TABLE = 'read.transfer_v1';
const MONTH = { from: '2026-10-01' as never, to: '2026-10-31' as never };
const PAGE = { limit: 100 };

/** Repeats the transfers of a body under other IUVs and IURs, spread over 300 days, until there are so many. */
const repeat = async (pool: Pool, org: string, transfers: number): Promise<number> => {
  const { rows: columns } = await pool.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = '${TABLE}'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  const other: Readonly<Record<string, string>> = {
    iuv: `iuv || '-' || g`,
    iur: `iur || '-' || g`,
    iud: `iud || '-' || g`,
    entered_on: 'entered_on - g % 300',
  };
  const count = async () =>
    Number((await pool.query<{ n: string }>(`select count(*) as n from ${TABLE} where org = $1`, [org])).rows[0]!.n);
  const times = Math.ceil(transfers / (await count())) - 1;
  await pool.query(
    `insert into ${TABLE} (${columns.map((c) => c.name).join()}) select ${columns.map((c) => other[c.name] ?? c.name).join()}
     from ${TABLE}, generate_series(1, ${times}) g where org = '${org}'`,
  );
  await pool.query(`vacuum analyze ${TABLE}`);
  return count();
};

/** Milliseconds of the best of some tries. */
const best = async (work: () => Promise<unknown>): Promise<number> => {
  let least = Infinity;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
};

const questionsOf = async ({ queries }: Standalone, org: string): Promise<Record<string, () => Promise<unknown>>> => {
  const list = (filter: Parameters<typeof queries.payments>[1]) => () => queries.payments(org, filter, PAGE);
  const some = (await queries.payments(org, { state: 'credited' }, PAGE)).items[0]!;
  return {
    'first page': list({}),
    'one payment': () => queries.payment(org, some.iuv),
    'search: IUR': list({ text: some.iur! }),
    'search: IUV': list({ text: some.iuv }),
    'search: nothing like it': list({ text: 'nothing' }),
    'one flow': list({ iuf: some.iuf! }),
    'state credited': list({ state: 'credited' }),
    'state withdrawn': list({ state: 'withdrawn' }),
    'lane late': list({ lane: 'late' }),
    'discrepancy DUPLICATE_PAYMENT': list({ discrepancy: 'DUPLICATE_PAYMENT' }),
    'report of a month': () => queries.reconciliationReport(org, MONTH),
  };
};

const main = async (wanted: number): Promise<void> => {
  const scratch = mkdtempSync(join(tmpdir(), 'quadra-bench-'));
  try {
    const dir = join(scratch, 'month');
    await generate({ payments: SEED_PAYMENTS, orgs: 1, seed: 1, month: '2026-10', out: dir, receipts: 'mixed' });
    const quadra = await openStandalone({ dataDir: join(scratch, 'data') });
    try {
      const month = openMonth(dir);
      await registerAll(quadra, month);
      await acceptAll(quadra, month);
      await settle(quadra);
      const org = month.organizations[0]!.fiscalCode;
      const transfers = await repeat(quadra.pool, org, wanted);
      const pass = await best(() => quadra.pool.query(`select sum(amount_cents), max(state) from ${TABLE} where org = $1`, [org]));
      const results = [];
      for (const [question, ask] of Object.entries(await questionsOf(quadra, org))) {
        const ms = await best(ask);
        results.push({ question, milliseconds: Math.round(ms * 10) / 10, ratioToPass: Math.round((ms / pass) * 1000) / 1000 });
      }
      console.log(`${transfers} transfers of one body; one pass over them takes ${Math.round(pass)} ms`);
      console.table(results);
      console.log(JSON.stringify({ transfers, passMilliseconds: Math.round(pass), results }));
    } finally {
      await quadra.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

main(Number(process.argv[2] ?? 1_000_000)).catch((error: Error) => {
  console.error(error);
  process.exit(1);
});
