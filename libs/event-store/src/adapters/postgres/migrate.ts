import { type ClientBase, type Pool } from 'pg';

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/** @throws when a schema name would need quoting: it comes from the configuration and is written into statements. */
export const assertSchemaName = (schema: string): string => {
  if (!NAME.test(schema)) throw new Error(`Not a schema name (lower-case letters, digits and underscores): ${JSON.stringify(schema)}`);
  return schema;
};

/**
 * `event` is the log, `log_head` its one row that numbers and fences, `log_mark` one row per committed batch (for "as of").
 * Texts compare by bytes: no locale can reorder or merge stream names. Rows are only ever added, so pages are filled full.
 */
const ddl = (s: string): string => `
  create schema if not exists ${s};
  create table if not exists ${s}.event (
    position bigint primary key,
    stream text collate "C" not null,
    revision int not null,
    id uuid not null,
    type text collate "C" not null,
    data text collate "C" not null,
    meta text collate "C" not null,
    unique (stream, revision)
  );
  create table if not exists ${s}.log_head (
    one boolean primary key default true check (one),
    position bigint not null,
    epoch bigint not null
  );
  insert into ${s}.log_head (position, epoch) values (0, 0) on conflict do nothing;
  create table if not exists ${s}.log_mark (position bigint primary key, recorded_at timestamptz not null);
  create index if not exists log_mark_recorded_at on ${s}.log_mark (recorded_at, position);`;

/** Settlement lines are long texts: lz4 costs a fraction of the default compression, where the server was built with it. */
const compressWithLz4 = (s: string): string => `
  do $$ begin
    if (select 'lz4' = any(enumvals) from pg_settings where name = 'default_toast_compression') then
      alter table ${s}.event alter column data set compression lz4, alter column meta set compression lz4;
    end if;
  end $$;`;

/** Creates the tables of the event store in a schema, once; a second call and a call at the same time change nothing. */
export const migrate = async (db: Pool | ClientBase, schema = 'events'): Promise<void> => {
  assertSchemaName(schema);
  const { rows } = await db.query(`select to_regclass('${schema}.log_mark_recorded_at') is not null as done`);
  if (rows[0]?.done) return;
  // One simple query of many statements is one transaction; the lock makes two starting processes take turns.
  await db.query(
    `select pg_advisory_xact_lock(hashtextextended('quadra.migrate.${schema}', 0)); ${ddl(schema)} ${compressWithLz4(schema)}`,
  );
};
