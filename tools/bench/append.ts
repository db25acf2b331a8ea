/**
 * Appends beside a raw COPY of the same rows into the same table, in one run, so that the ratios survive another machine:
 * `QUADRA_TEST_PG=postgres://… node dist/tools/bench/append.js [events]`. It works in a schema of its own and drops it.
 */
import { type AppendRequest, type EventStore, NO_STREAM, openPostgresStore } from '@quadra/event-store';
import { Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const ORG = '80012345678';
const SLICE = 2_500;
const IN_FLIGHT = 4;
const ROUNDS = 5;

const iuv = (n: number): string => `3${String(n).padStart(16, '0')}`;

const receipt = (n: number, commandId: string): AppendRequest['events'][number] => ({
  type: 'ReceiptReceived',
  data: {
    iuv: iuv(n),
    iur: `${n.toString(16).padStart(12, '0')}${'ab'.repeat(10)}`,
    paidAt: '2026-03-11T10:22:31.000Z',
    totalCents: 12_345 + (n % 1_000),
    issuer: ORG,
    psp: 'BPPIITRRXXX',
    outcome: 0,
    transfers: [{ index: 1, beneficiary: ORG, cents: 12_345 + (n % 1_000), iban: 'IT60X0542811101000000123456', taxonomy: '9/0101108TS/' }],
  },
  meta: { $correlationId: 'import-8f1c', commandId, actor: 'import', inputHash: 'c0ffee00c0ffee00', source: { fileId: 'f-17', line: n } },
});

const request = (n: number, expected: number, events: number): AppendRequest => ({
  stream: `payment-${ORG}_${iuv(n)}`,
  expected,
  events: Array.from({ length: events }, (_, i) => receipt(n, `line-${n}-${expected}-${i}`)),
});

const timed = async (work: () => Promise<void>): Promise<number> => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** Slices as an import sends them: some in flight, so that encoding overlaps the server's work. */
const appendAll = async (store: EventStore, count: number, make: (n: number) => AppendRequest): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const first = next;
      next = Math.min(count, next + SLICE);
      const results = await store.appendMany(Array.from({ length: next - first }, (_, i) => make(first + i)));
      if (results.some((r) => !r.ok)) throw new Error('an append of the benchmark conflicted');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
};

/** What the store wrote, copied back out and into an equal table: payloads ready, 5,000 rows a transaction. */
const rawCopy = async (pool: Pool, schema: string, condition: string): Promise<number> => {
  await pool.query(`create table ${schema}.raw (like ${schema}.event including all)`);
  const { rows } = await pool.query({
    rowMode: 'array',
    text: `select concat_ws(e'\\t', position, stream, revision, id, type, data, meta) from ${schema}.event where ${condition} order by position`,
  });
  const lines = rows.map(([line]) => `${line}\n`);
  const payloads: Buffer[] = [];
  for (let i = 0; i < lines.length; i += 5_000) payloads.push(Buffer.from(lines.slice(i, i + 5_000).join('')));
  const client = await pool.connect();
  const seconds = await timed(async () => {
    for (const payload of payloads) {
      await client.query('begin');
      await pipeline(Readable.from([payload]), client.query(copyFrom(`copy ${schema}.raw from stdin`)));
      await client.query('commit');
    }
  });
  client.release();
  await pool.query(`drop table ${schema}.raw`);
  return seconds;
};

/** Rounds in turn, so that a neighbour's load falls on both; the sums make the ratio. */
const compare = async (
  name: string,
  pool: Pool,
  store: EventStore,
  schema: string,
  work: (round: number) => Promise<void>,
): Promise<void> => {
  let [events, seconds, raw, micros] = [0, 0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const start = await store.head();
    const cpu = process.cpuUsage();
    seconds += await timed(() => work(round));
    const used = process.cpuUsage(cpu);
    micros += used.user + used.system;
    events += Number((await store.head()) - start);
    raw += await rawCopy(pool, schema, `position > ${start}`);
  }
  const rate = (s: number): string => Math.round(events / s).toLocaleString('en');
  const cpu = (micros / events).toFixed(1);
  console.log(
    `${name}: ${rate(seconds)} events/s, raw COPY ${rate(raw)}, ratio ${(raw / seconds).toFixed(2)}; this process ${cpu} µs CPU per event`,
  );
};

const main = async (): Promise<void> => {
  const url = process.env.DATABASE_URL ?? process.env.QUADRA_TEST_PG;
  if (!url) throw new Error('Name a PostgreSQL in DATABASE_URL or QUADRA_TEST_PG');
  const total = Number(process.argv[2] ?? 100_000);
  const schema = `bench_${process.pid}`;
  const pool = new Pool({ connectionString: url });
  const store = await openPostgresStore({ pool, schema });
  try {
    const size = Math.floor(total / ROUNDS);
    await appendAll(store, 20_000, (n) => request(total + n, NO_STREAM, 1)); // warm
    await compare('1 event to each of many new streams', pool, store, schema, (round) =>
      appendAll(store, size, (n) => request(round * size + n, NO_STREAM, 1)),
    );
    await compare('3 events to each of many existing streams', pool, store, schema, (round) =>
      appendAll(store, Math.floor(size / 3), (n) => request(round * size + n, 0, 3)),
    );
    const again = await timed(() => appendAll(store, size, (n) => request(n, NO_STREAM, 1)));
    console.log(`the first appends once more, all answered as repeats: ${Math.round(size / again).toLocaleString('en')} appends/s`);
  } finally {
    await store.close();
    await pool.query(`drop schema ${schema} cascade`);
    await pool.end();
  }
};

void main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
