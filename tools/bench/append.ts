/**
 * Appends of each adapter beside the bare client, in one run, so that the ratios survive another machine: PostgreSQL beside a raw COPY of
 * the same rows (when `DATABASE_URL` or `QUADRA_TEST_PG` names one), EventStoreDB beside its client alone (the server that
 * `EVENTSTORE_URL` names, which is filled with test data; else the double of the tests, which does no work).
 * `node dist/tools/bench/append.js [events]`
 */
import { benchEventStoreDb } from './append-eventstoredb';
import { benchPostgres } from './append-postgres';

const main = async (): Promise<void> => {
  const total = Number(process.argv[2] ?? 100_000);
  const url = process.env.DATABASE_URL ?? process.env.QUADRA_TEST_PG;
  if (url) await benchPostgres(url, total);
  else console.log('PostgreSQL: SKIPPED, neither DATABASE_URL nor QUADRA_TEST_PG is set');
  await benchEventStoreDb(process.env.EVENTSTORE_URL, total);
};

void main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
