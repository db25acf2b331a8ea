import type { EventStore } from '@quadra/event-store';
import type { ClientBase, Pool } from 'pg';
import { inTransaction } from '@quadra/processing';
import { BackupUnusable, NotEmpty } from './errors';
import type { TablePart } from './manifest';
import type { Databases } from './tables';
import { MOVED_TABLES, byDatabase, fillTables, tableExists } from './tables';

/** How far a restore has come: it outlives a crash, and tells a half-restored instance from one with data of its own. */
const TABLE = `
create schema if not exists command;
create table if not exists command.restore (
  one boolean primary key default true check (one),
  backup text not null,
  tables_filled boolean not null default false,
  finished boolean not null default false
)`;

/** Rows that are made from events and would be of other events. */
const DERIVED = [
  { table: 'command.file', rows: 'files taken in', where: 'true' },
  { table: 'reconciliation.checkpoint', rows: 'processors that have worked', where: 'position > 0' },
  { table: 'read.checkpoint', rows: 'read models that were built', where: 'position > 0' },
];

/**
 * Begins a restore, or goes on with one of the same backup. @returns whether its tables were filled before.
 * @throws NotEmpty naming what is there; BackupUnusable when another backup was begun here.
 */
export const begin = async (databases: Databases, store: EventStore, backup: string): Promise<boolean> => {
  const { pool } = databases;
  await pool.query(TABLE);
  const { rows } = await pool.query('select backup, tables_filled, finished from command.restore');
  const begun = rows[0] as { backup: string; tables_filled: boolean; finished: boolean } | undefined;
  if (begun && !begun.finished) {
    if (begun.backup === backup) return begun.tables_filled;
    throw new BackupUnusable(
      'The restore of another backup was begun in this instance and not finished: go on with that one, or begin with an empty instance',
    );
  }
  const found = await whatIsThere(databases, store);
  if (found.length > 0) throw new NotEmpty(`A restore needs an empty instance; in this one there are ${found.join(', ')}`);
  await pool.query(
    'insert into command.restore (backup) values ($1) on conflict (one) do update set backup = excluded.backup, tables_filled = false, finished = false',
    [backup],
  );
  return false;
};

const whatIsThere = async (databases: Databases, store: EventStore): Promise<string[]> => {
  const found = (await store.head()) > 0n ? ['recorded events'] : [];
  const moved = MOVED_TABLES.map(({ table, rows, holds = 'true' }) => ({ table, rows, where: holds }));
  for (const [pool, tables] of byDatabase(databases, [...moved, ...DERIVED])) {
    for (const { table, rows, where } of tables) {
      if (!(await tableExists(pool, table))) continue;
      const { rows: some } = await pool.query(`select 1 from ${table} where ${where} limit 1`);
      if (some.length > 0) found.push(`${rows} (${table})`);
    }
  }
  return found;
};

/** Fills the tables of the backup and notes it; interrupted before the note, they are filled anew. */
export const fill = async (
  databases: Databases,
  folder: string,
  parts: readonly TablePart[],
  onTable: (table: string) => void,
): Promise<void> => {
  for (const [pool, own] of byDatabase(databases, parts)) {
    await inDurableTransaction(pool, async (tx) => {
      await checkKnown(tx, own);
      await fillTables(tx, folder, own, onTable);
    });
  }
  await databases.pool.query('begin; set local synchronous_commit = on; update command.restore set tables_filled = true; commit');
};

/** One transaction whose commit waits for the disk. */
export const inDurableTransaction = (pool: Pool, work: (tx: ClientBase) => Promise<void>): Promise<void> =>
  inTransaction(pool, async (tx) => {
    await tx.query('set local synchronous_commit = on');
    await work(tx);
  });

/** Names of tables and columns go into statements: only those that a backup of this program can hold. */
const checkKnown = async (client: ClientBase, parts: readonly TablePart[]): Promise<void> => {
  for (const { table, columns } of parts) {
    const known = MOVED_TABLES.find((moved) => moved.table === table);
    const unknown = known ? columns.find((column) => !known.columns.includes(column)) : table;
    if (unknown !== undefined)
      throw new BackupUnusable(
        `The backup holds ${table}.${unknown}, which this program does not know: use the program that wrote it, or a later one`,
      );
    if (!(await tableExists(client, table))) throw new BackupUnusable(`This instance has no table ${table}, which the backup fills`);
  }
};

/** From now on the instance is one with data of its own. */
export const finish = async (pool: Pool): Promise<void> => {
  await pool.query('begin; set local synchronous_commit = on; update command.restore set finished = true; commit');
};
