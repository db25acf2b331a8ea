import { Client } from 'pg';
import { withDatabase, type TestDatabase } from '../../../../test/support/postgres';
import { whileLeading } from './lead';

describe('work that one process does at a time', () => {
  let database: TestDatabase;
  const aborts: AbortController[] = [];
  const running: Promise<void>[] = [];
  const working: string[] = [];

  beforeEach(async () => {
    database = await withDatabase();
    working.length = 0;
  });
  afterEach(async () => {
    for (const abort of aborts.splice(0)) abort.abort();
    await Promise.all(running.splice(0));
    await database.drop();
  });

  const member = (who: string): AbortController => {
    const abort = new AbortController();
    aborts.push(abort);
    const options = { connectionString: database.url, name: 'test work', signal: abort.signal, log: () => undefined };
    running.push(
      whileLeading(options, async (signal) => {
        working.push(who);
        await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())));
        working.splice(working.indexOf(who), 1);
      }),
    );
    return abort;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it('is done by the first, and by the next when that one ends', async () => {
    const first = member('first');
    await until(() => working.length === 1);
    member('second');
    first.abort();
    await until(() => working.includes('second'));
    expect(working).toEqual(['second']);
  });

  it('ends where the connection that holds the lock is lost, and goes on', async () => {
    member('only');
    await until(() => working.length === 1);
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test work'`);
    await client.end();
    await until(() => working.length === 0);
    await until(() => working.length === 1);
    expect(working).toEqual(['only']);
  });
});
