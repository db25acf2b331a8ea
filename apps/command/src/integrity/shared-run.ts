import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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
/** Somebody who looks, or whose reading has just ended, holds the lock for a moment. */
const TRIES = { count: 5, everyMs: 60 };

export const migrateRuns = async (pool: Pool): Promise<void> => {
  await pool.query(`select pg_advisory_xact_lock(hashtextextended('quadra/migrate/run', 0));
    create schema if not exists command;
    create table if not exists command.run (name text primary key, id uuid not null, state text not null)`);
};

/** An error of a connection that nobody uses now would end the process. */
const ignore = (): void => undefined;

/**
 * One kind of reading: one at a time in the whole installation, and every process can tell how far it is. Who reads holds a lock;
 * a run that is not finished and that nobody holds ended with its process, or has lost its connection: then it is told of again
 * when it ends, unless another one has begun meanwhile.
 */
export class SharedRun<R> {
  private readonly rights = new Set<PoolClient>();
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
      `select state, case when state like '{"phase":"reading"%' then pg_try_advisory_xact_lock_shared(hashtextextended($2, 0)) else false end as lost
       from command.run where name = $1`,
      [this.name, this.lock],
    );
    if (!rows[0]) return undefined;
    const run = JSON.parse(rows[0].state) as Run<R>;
    return rows[0].lost ? { phase: 'failed', eventsRead: run.eventsRead, says: 'The process that read has ended' } : run;
  }

  /** Begins, and goes on in the background. @returns false when one is under way. @throws what the database throws. */
  async start(work: Work<R>): Promise<boolean> {
    const right = await this.takeRight();
    if (!right) return false;
    this.rights.add(right);
    const id = randomUUID();
    try {
      await this.begin(id);
    } catch (error) {
      await this.giveBack(right);
      throw error;
    }
    this.working = this.work(id, work).finally(() => this.giveBack(right));
    return true;
  }

  /** What runs here is no longer waited for: it is told as lost, and notes nothing more. */
  letGo(): void {
    for (const right of this.rights) right.release(true); // ends the connection, and with it the lock
    this.rights.clear();
  }

  /** Waits for what runs here. */
  ended(): Promise<void> {
    return this.working;
  }

  private get lock(): string {
    return `${LOCK}${this.name}`;
  }

  /** A connection that holds the lock; undefined when another one does. */
  private async takeRight(): Promise<PoolClient | undefined> {
    const client = await this.pool.connect();
    client.on('error', ignore);
    try {
      for (let tries = TRIES.count; tries > 0; tries--) {
        const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as mine', [this.lock]);
        if (rows[0].mine) return client;
        await sleep(TRIES.everyMs);
      }
    } catch (error) {
      client.release(true);
      throw error;
    }
    client.off('error', ignore);
    client.release();
    return undefined;
  }

  /** The lock is free before anybody can ask for it, unless its connection is lost. */
  private async giveBack(right: PoolClient): Promise<void> {
    if (!this.rights.has(right)) return;
    await right.query('select pg_advisory_unlock_all()').catch(ignore);
    if (this.rights.delete(right)) right.release(true);
  }

  private async work(id: string, work: Work<R>): Promise<void> {
    let eventsRead = 0;
    let notedAt = Date.now();
    const onProgress = (events: number): void => {
      eventsRead = events;
      if (Date.now() - notedAt < NOTE_EVERY_MS) return;
      notedAt = Date.now();
      void this.note(id, { phase: 'reading', eventsRead });
    };
    try {
      const done = await work(onProgress);
      await this.note(id, { phase: 'done', ...done });
    } catch (error) {
      this.log(`${this.name} failed`, error);
      await this.note(id, { phase: 'failed', eventsRead, says: (error as Error).message });
    }
  }

  private begin(id: string): Promise<unknown> {
    const run: Run<R> = { phase: 'reading', eventsRead: 0 };
    return this.pool.query(
      'insert into command.run (name, id, state) values ($1, $2, $3) on conflict (name) do update set id = $2, state = $3',
      [this.name, id, JSON.stringify(run)],
    );
  }

  /** In turn, so that what is noted last is what stands there; nothing when another run has begun. */
  private note(id: string, run: Run<R>): Promise<unknown> {
    const write = async (): Promise<void> => {
      if (this.rights.size === 0) return;
      await this.pool.query('update command.run set state = $3 where name = $1 and id = $2', [this.name, id, JSON.stringify(run)]);
    };
    this.notes = this.notes.then(write).catch((error: unknown) => this.log(`${this.name} cannot be noted`, error));
    return this.notes;
  }
}
