import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, stopAbandoned } from '../libs/platform/src/embedded-postgres';
import { keepServer } from './support/server-of-run';

const PREFIX = 'quadra-test-postgres-';

/**
 * One PostgreSQL for the whole run, in a temporary folder and without fsync: `QUADRA_TEST_PG` is its superuser's address. With
 * `DATABASE_URL` set the tests use that server instead. Specs get their databases from `support/postgres`.
 */
export default async function globalSetup(): Promise<void> {
  if (process.env.DATABASE_URL) return;
  await sweep();
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    shared_buffers: '128MB',
    autovacuum_naptime: '10min',
  };
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), settings });
  process.env.QUADRA_TEST_PG = server.url;
  keepServer(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Removes what runs that were killed left behind: their servers and folders, never those of a run that still lives. */
const sweep = async (): Promise<void> => {
  const me = process.getuid?.();
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat === undefined || stat.uid !== me || Date.now() - stat.mtimeMs < 60_000) continue;
    if (await stopAbandoned(join(folder, 'data')).catch(() => false)) rmSync(folder, { recursive: true, force: true });
  }
};
