import type { ClientBase, Pool } from 'pg';
import type { EventFeed } from '@quadra/event-feed';
import { ProcessorRunner, migrateProcessing } from '@quadra/processing';
import type { ModelFactory, ModelTable, ReadModel } from './model';
import { READ_SCHEMA, query, tableName } from './model';

export interface HostOptions {
  readonly pool: Pool;
  readonly feed: EventFeed;
  readonly factories: readonly ModelFactory[];
  readonly log?: (message: string, error?: unknown) => void;
}

export interface RebuildProgress {
  readonly model: string;
  readonly version: number;
  readonly eventsHandled: number;
  readonly phase: 'filling' | 'comparing' | 'done';
}

export interface RebuildResult {
  readonly model: string;
  readonly version: number;
  /** Equal to the live tables, column by column; undefined when they never stood still long enough to compare. */
  readonly equal: boolean | undefined;
  readonly hash: string;
}

/** The part of a read model's content that must be equal after any order of arrival and any rebuild. */
const hashSql = (table: string, { columns }: ModelTable): string => {
  const text = columns.map((c) => `coalesce(${c}::text, '~')`).join(`, '|', `);
  return `select count(*)::text as n, coalesce(sum(('x' || substr(h, 1, 15))::bit(60)::bigint), 0)::text as a,
    coalesce(sum(('x' || substr(h, 16, 15))::bit(60)::bigint), 0)::text as b from (select md5(concat(${text})) as h from ${table}) t`;
};

/** Runs the live version of every read model and swaps a rebuilt one in, blue/green. */
export class ReadModelHost {
  private readonly runners = new Map<string, ProcessorRunner>();
  private readonly models = new Map<string, ReadModel>();

  constructor(private readonly options: HostOptions) {}

  async start(): Promise<void> {
    const { pool, factories } = this.options;
    await migrateProcessing(pool, READ_SCHEMA);
    await pool.query(`create table if not exists ${READ_SCHEMA}.model (name text primary key, live int not null)`);
    for (const factory of factories) {
      const { name, version } = factory(1);
      await pool.query(`insert into ${READ_SCHEMA}.model (name, live) values ($1, $2) on conflict do nothing`, [name, version]);
      const [row] = await query<{ live: number }>(pool, `select live from ${READ_SCHEMA}.model where name = $1`, [name]);
      const model = factory(row!.live);
      const runner = this.runnerOf(model);
      await runner.start();
      await this.show(pool, model);
      this.models.set(name, model);
      this.runners.set(name, runner);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.runners.values()].map((r) => r.stop()));
  }

  get live(): readonly ProcessorRunner[] {
    return [...this.runners.values()];
  }

  runner(name: string): ProcessorRunner | undefined {
    return this.runners.get(name);
  }

  names(): string[] {
    return [...this.models.keys()];
  }

  /** One digest per model over its business columns: equal facts, equal digests. */
  async hashes(): Promise<Record<string, string>> {
    const result: Record<string, string> = {};
    for (const [name, model] of this.models) result[name] = await hashOf(this.options.pool, model);
    return result;
  }

  /** Fills a new version from the first event, compares it with the live one, and swaps. Resumes a build that was interrupted. */
  async rebuild(names: readonly string[], onProgress: (p: RebuildProgress) => void = () => undefined): Promise<RebuildResult[]> {
    const results: RebuildResult[] = [];
    for (const name of names) results.push(await this.rebuildOne(name, onProgress));
    return results;
  }

  private async rebuildOne(name: string, onProgress: (p: RebuildProgress) => void): Promise<RebuildResult> {
    const old = this.models.get(name);
    const factory = this.options.factories.find((f) => f(1).name === name);
    if (!old || !factory) throw new UnknownModel(`there is no read model ${name}; known are ${this.names().join(', ')}`);
    const next = factory(old.version + 1);
    const runner = this.runnerOf(next);
    await runner.start();
    const timer = setInterval(
      () => onProgress({ model: name, version: next.version, eventsHandled: runner.status().eventsHandled, phase: 'filling' }),
      500,
    );
    try {
      while (!runner.isCaughtUp) {
        if (runner.status().error) throw new Error(`${name}: ${runner.status().error}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const live = this.runners.get(name)!;
      await runner.waitFor(live.position, 60_000);
      onProgress({ model: name, version: next.version, eventsHandled: runner.status().eventsHandled, phase: 'comparing' });
      const equal = await this.compare(old, next, [live, runner]);
      await this.swap(old, next, runner);
      onProgress({ model: name, version: next.version, eventsHandled: runner.status().eventsHandled, phase: 'done' });
      return { model: name, version: next.version, equal, hash: await hashOf(this.options.pool, next) };
    } catch (error) {
      // What was filled stays: the next attempt resumes it.
      if (this.runners.get(name) !== runner) await runner.stop();
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  /** Both versions at one position, in one snapshot; a few tries, since the live one may be moving. */
  private async compare(old: ReadModel, next: ReadModel, runners: readonly ProcessorRunner[]): Promise<boolean | undefined> {
    for (let attempt = 0; attempt < 20; attempt++) {
      for (const runner of runners) await runner.flush();
      const client = await this.options.pool.connect();
      try {
        await client.query('begin isolation level repeatable read read only');
        const rows = await query<{ position: string }>(
          client,
          `select position::text from ${READ_SCHEMA}.checkpoint where processor = $1 and version = any($2)`,
          [old.name, [old.version, next.version]],
        );
        if (rows.length === 2 && rows[0]!.position === rows[1]!.position)
          return (await hashOf(client, old)) === (await hashOf(client, next));
      } finally {
        await client.query('rollback');
        client.release();
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return undefined;
  }

  private async swap(old: ReadModel, next: ReadModel, runner: ProcessorRunner): Promise<void> {
    const client = await this.options.pool.connect();
    try {
      await client.query('begin');
      await client.query(`update ${READ_SCHEMA}.model set live = $2 where name = $1`, [old.name, next.version]);
      await this.show(client, next);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
    const before = this.runners.get(old.name)!;
    this.runners.set(old.name, runner);
    this.models.set(old.name, next);
    await before.stop();
    for (const t of old.tables) await this.options.pool.query(`drop table if exists ${tableName(t.name, old.version)}`);
    await this.options.pool.query(`delete from ${READ_SCHEMA}.checkpoint where processor = $1 and version = $2`, [old.name, old.version]);
  }

  private async show(client: ClientBase | Pool, model: ReadModel): Promise<void> {
    for (const t of model.tables) {
      await client.query(
        `drop view if exists ${READ_SCHEMA}.${t.name}; create view ${READ_SCHEMA}.${t.name} as select * from ${tableName(t.name, model.version)}`,
      );
    }
  }

  private runnerOf(model: ReadModel): ProcessorRunner {
    const { pool, feed, log } = this.options;
    return new ProcessorRunner(model, { pool, feed, schema: READ_SCHEMA, ...(log && { log }) });
  }
}

export class UnknownModel extends Error {}

const hashOf = async (client: ClientBase | Pool, model: ReadModel): Promise<string> => {
  const parts: string[] = [];
  for (const table of model.tables) {
    const [row] = await query<{ n: string; a: string; b: string }>(client, hashSql(tableName(table.name, model.version), table));
    parts.push(`${table.name}:${row!.n}:${row!.a}:${row!.b}`);
  }
  return parts.join(' ');
};
