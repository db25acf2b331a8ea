import type { Pool, PoolClient } from 'pg';

/** A reading of the whole history that goes on in the background. */
export type Run<R> =
  | { readonly phase: 'reading'; readonly eventsRead: number }
  | { readonly phase: 'done'; readonly eventsRead: number; readonly result: R }
  | { readonly phase: 'failed'; readonly eventsRead: number; readonly says: string };

/** Reads, tells of its progress, and answers what it found; the result is JSON. */
export type Work<R> = (onProgress: (events: number) => void) => Promise<{ readonly eventsRead: number; readonly result: R }>;

type Log = (message: string, error?: unknown) => void;

const NOTE_EVERY_MS = 300;
const LOCK = 'quadra/run/';

export const migrateRuns = async (pool: Pool): Promise<void> => {
  await pool.query(`select pg_advisory_xact_lock(hashtextextended('quadra/migrate/run', 0));
    create schema if not exists command;
    create table if not exists command.run (name text primary key, state text not null)`);
};

/**
 * One kind of reading: one at a time in the whole installation, and every process can tell how far it is. Who reads holds a lock;
 * a run that is not finished and that nobody holds ended with its process.
 */
export class SharedRun<R> {
  private right: PoolClient | undefined;
  private notes: Promise<unknown> = Promise.resolve();
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly name: string,
    private readonly log: Log = () => undefined,
  ) {}

  /** The run under way, or the last one, whichever process it is of; undefined before the first. */
  async last(): Promise<Run<R> | undefined> {
    const { rows } = await this.pool.query<{ state: string; lost: boolean }>(
      `select state, case when state like '{"phase":"reading"%' then pg_try_advisory_xact_lock(hashtextextended($2, 0)) else false end as lost
       from command.run where name = $1`,
      [this.name, this.lock],
    );
    if (!rows[0]) return undefined;
    const run = JSON.parse(rows[0].state) as Run<R>;
    return rows[0].lost ? { phase: 'failed', eventsRead: run.eventsRead, says: 'The process that read has ended' } : run;
  }

  /** Begins, and goes on in the background. @returns false when one is under way. */
  async start(work: Work<R>): Promise<boolean> {
    const right = await this.pool.connect();
    right.on('error', () => undefined); // the lock is lost with its connection: the reading goes on, and says so at its end
    const { rows } = await right.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as mine', [this.lock]);
    if (!rows[0].mine) {
      right.release();
      return false;
    }
    this.right = right;
    await this.note({ phase: 'reading', eventsRead: 0 });
    this.working = this.work(work).finally(() => this.letGo());
    return true;
  }

  /** What runs here is no longer waited for: it is told as lost, unless it ends first. */
  letGo(): void {
    this.right?.release(true); // ends the connection, and with it the lock
    this.right = undefined;
  }

  /** Waits for what runs here. */
  ended(): Promise<void> {
    return this.working;
  }

  private get lock(): string {
    return `${LOCK}${this.name}`;
  }

  private async work(work: Work<R>): Promise<void> {
    let eventsRead = 0;
    let notedAt = Date.now();
    const onProgress = (events: number): void => {
      eventsRead = events;
      if (Date.now() - notedAt < NOTE_EVERY_MS) return;
      notedAt = Date.now();
      void this.note({ phase: 'reading', eventsRead });
    };
    try {
      const done = await work(onProgress);
      await this.note({ phase: 'done', ...done });
    } catch (error) {
      this.log(`${this.name} failed`, error);
      await this.note({ phase: 'failed', eventsRead, says: (error as Error).message });
    }
  }

  /** In turn: what is noted last is what stands there. */
  private note(run: Run<R>): Promise<unknown> {
    const write = async (): Promise<void> => {
      if (!this.right) return;
      await this.pool.query('insert into command.run (name, state) values ($1, $2) on conflict (name) do update set state = $2', [
        this.name,
        JSON.stringify(run),
      ]);
    };
    this.notes = this.notes.then(write).catch((error: unknown) => this.log(`${this.name} cannot be noted`, error));
    return this.notes;
  }
}
