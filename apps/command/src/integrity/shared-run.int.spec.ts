import { Pool } from 'pg';
import { type TestDatabase, withDatabase } from '../../../../test/support/postgres';
import { SharedRun, migrateRuns } from './shared-run';

describe('a reading of the whole history that several processes know of', () => {
  let database: TestDatabase;
  let pool: Pool;
  let [one, other]: SharedRun<{ found: number }>[] = [];
  let end: (found: number) => void;
  let fail: (error: Error) => void;
  let progress: (events: number) => void;

  const begin = (run = one!): Promise<boolean> =>
    run.start(
      (onProgress) =>
        new Promise((resolve, reject) => {
          progress = onProgress;
          end = (found) => resolve({ eventsRead: found, result: { found } });
          fail = reject;
        }),
    );

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 6 });
    await Promise.all([migrateRuns(pool), migrateRuns(pool)]);
  });
  beforeEach(async () => {
    await pool.query('delete from command.run');
    [one, other] = [new SharedRun(pool, 'test'), new SharedRun(pool, 'test')];
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('is not there before the first', async () => {
    expect(await other!.last()).toBeUndefined();
  });

  it('runs once at a time, whichever process is asked, and any of them tells what it found', async () => {
    expect(await begin()).toBe(true);
    expect(await begin(other)).toBe(false);
    expect(await other!.last()).toEqual({ phase: 'reading', eventsRead: 0 });
    end(7);
    await one!.ended();
    expect(await other!.last()).toEqual({ phase: 'done', eventsRead: 7, result: { found: 7 } });
    expect(await begin(other)).toBe(true);
    end(8);
    await other!.ended();
    expect(await one!.last()).toMatchObject({ result: { found: 8 } });
  });

  it('says why it failed, and how far it came', async () => {
    await begin();
    progress(5);
    fail(new Error('the store does not answer'));
    await one!.ended();
    expect(await other!.last()).toEqual({ phase: 'failed', eventsRead: 5, says: 'the store does not answer' });
  });

  it('says nothing over one that began when its own connection was lost', async () => {
    await begin();
    const endOfFirst = end;
    await pool.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())`);
    await new Promise((resolve) => setTimeout(resolve, 100)); // the lock has gone with its connection
    expect(await begin(other)).toBe(true);
    endOfFirst(3);
    await one!.ended();
    expect(await one!.last()).toMatchObject({ phase: 'reading' });
    end(4);
    await other!.ended();
    expect(await one!.last()).toMatchObject({ phase: 'done', result: { found: 4 } });
  });

  it('is told as lost when its process has ended, and can be begun again', async () => {
    await begin();
    one!.letGo();
    await new Promise((resolve) => setTimeout(resolve, 100)); // the server hears that the connection has ended
    expect(await other!.last()).toMatchObject({ phase: 'failed', says: 'The process that read has ended' });
    expect(await begin(other)).toBe(true);
    end(1);
    await other!.ended();
  });
});
