import type { ClientBase, Pool } from 'pg';
import { Checkpoints, migrateProcessing, migrating } from '@quadra/processing';
import type { ReadModel } from './model';
import { READ_SCHEMA, query, shownRows, tableName } from './model';

/** Which version of each read model answers: the one that its views show. */
export class Versions {
  constructor(private readonly pool: Pool) {}

  async migrate(): Promise<void> {
    await migrateProcessing(this.pool, READ_SCHEMA);
    await this.pool.query(`create table if not exists ${READ_SCHEMA}.model (name text primary key, live int not null)`);
  }

  /** The live version of a model; `first` when it was never here. */
  async live(name: string, first: number): Promise<number> {
    await this.pool.query(`insert into ${READ_SCHEMA}.model (name, live) values ($1, $2) on conflict do nothing`, [name, first]);
    return (await this.all()).get(name)!;
  }

  async all(): Promise<Map<string, number>> {
    const rows = await query<{ name: string; live: number }>(this.pool, `select name, live from ${READ_SCHEMA}.model`);
    return new Map(rows.map((row) => [row.name, row.live]));
  }

  /** Lets the views show a model, where they do not yet; several processes may do it at once. */
  show(model: ReadModel): Promise<void> {
    return migrating(this.pool, `${READ_SCHEMA}/views`, (client) => showIn(client, model));
  }

  /**
   * The new version takes the old one's place in one transaction: what `tx` has read of the old checkpoints is where the new
   * ones go on, and whoever still runs the old version cannot write any more.
   */
  async swap(tx: ClientBase, old: ReadModel, next: ReadModel): Promise<void> {
    await this.checkpoints(next).drop(tx);
    await tx.query(`update ${READ_SCHEMA}.checkpoint set version = $3 where processor = $1 and version = $2`, [
      old.name,
      old.version,
      next.version,
    ]);
    await tx.query(`update ${READ_SCHEMA}.model set live = $2 where name = $1`, [old.name, next.version]);
    await showIn(tx, next);
  }

  /** Removes what is left of a version that nobody runs any more. */
  async remove(model: ReadModel): Promise<void> {
    for (const t of model.tables) await this.pool.query(`drop table if exists ${tableName(t.name, model.version)}`);
    await this.pool.query(`delete from ${READ_SCHEMA}.parked where processor = $1 and version = $2`, [model.name, model.version]);
  }

  checkpoints(model: ReadModel): Checkpoints {
    return new Checkpoints(this.pool, READ_SCHEMA, model.name, model.version);
  }
}

const showIn = async (client: ClientBase, model: ReadModel): Promise<void> => {
  for (const t of model.tables) {
    const table = tableName(t.name, model.version);
    const [view] = await query<{ definition: string }>(client, 'select definition from pg_views where schemaname = $1 and viewname = $2', [
      READ_SCHEMA,
      t.name,
    ]);
    if (view && new RegExp(`${table}\\b`).test(view.definition)) continue;
    await client.query(
      `drop view if exists ${READ_SCHEMA}.${t.name}; create view ${READ_SCHEMA}.${t.name} as select * from ${shownRows(table, t)}`,
    );
  }
};
