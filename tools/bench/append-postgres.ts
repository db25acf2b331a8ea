import { type EventStore, NO_STREAM, openPostgresStore } from '@quadra/event-store';
import { Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { appendAll, request, ROUNDS, timed } from './append-work';

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

/** Appends to PostgreSQL beside a raw COPY of the same rows; the schema is the benchmark's own and is dropped. */
export const benchPostgres = async (url: string, total: number): Promise<void> => {
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
