import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { TestDatabase } from '../../../test/support/postgres';
import { withDatabase } from '../../../test/support/postgres';
import { openingFailed } from './cli/opening-failed';
import { openStandalone } from './standalone';

describe('an instance that cannot be opened', () => {
  let database: TestDatabase;
  let dataDir: string;

  beforeEach(async () => {
    database = await withDatabase();
    dataDir = mkdtempSync(join(tmpdir(), 'quadra-open-'));
  });

  afterEach(async () => {
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it.each([
    ['of the intake', 'create schema command; create view command.file as select 1 as x'],
    ['of the read models', 'create schema read; create view read.model as select 1 as x'],
    ['of the reconciliation', 'create schema reconciliation; create view reconciliation.checkpoint as select 1 as x'],
  ])('says why when a table %s cannot be made, and leaves nothing running', async (_, obstacle) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(obstacle);
      const said: string[] = [];
      const log = (message: string): void => void said.push(message);
      await expect(openStandalone({ dataDir, databaseUrl: database.url, log })).rejects.toThrow(/file|model|checkpoint/);
      await sleep(1_500); // whatever went on would have tried again by now
      expect(said).toEqual([]);
      const others = 'select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
      expect((await client.query<{ n: number }>(others)).rows[0]!.n).toBe(0);
    } finally {
      await client.end();
    }
  });

  it('refuses another secret than the one it was begun with in one sentence, and goes on with its own', async () => {
    await (await openStandalone({ dataDir, databaseUrl: database.url })).close();
    const stranger = mkdtempSync(join(tmpdir(), 'quadra-open-'));
    const refusal: unknown = await openStandalone({ dataDir: stranger, databaseUrl: database.url }).catch((error: unknown) => error);
    expect(openingFailed(refusal, { dataDir, databaseUrl: database.url }).message).toMatch(
      /^The secret is not the one that this instance was begun with.*secret\.key/,
    );
    await (await openStandalone({ dataDir, databaseUrl: database.url })).close();
    rmSync(stranger, { recursive: true, force: true });
  }, 60_000);
});
