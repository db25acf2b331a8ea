import type { Pool } from 'pg';
import { VOID_TABLE } from './void-table';

/**
 * Write-side tables of the intake. Bytes and personal texts are sealed before they come here; text keys compare bytewise.
 * `file` is the queue of the importer: what a file has become stands in its `importFile` stream, and the row follows.
 */
const TABLES = `
create schema if not exists command;

create table if not exists command.blob_upload (
  upload uuid primary key,
  touched_at timestamptz not null default now()
);
create table if not exists command.blob_chunk (
  upload uuid not null,
  seq int not null,
  bytes bytea storage external not null,
  primary key (upload, seq)
);
create table if not exists command.blob (
  sha256 text collate "C" primary key,
  upload uuid not null,
  bytes bigint not null,
  chunk_size int not null
);

create table if not exists command.personal_batch (
  ref text collate "C" primary key,
  org text collate "C" not null,
  sealed bytea storage external not null
);

create table if not exists command.file (
  org text collate "C" not null,
  file_id text collate "C" not null,
  sha256 text collate "C" not null,
  attempt int not null,
  name text not null,
  bytes bigint not null,
  status text not null,
  requested_format text,
  actor text not null,
  correlation_id text not null,
  accepted_position bigint,
  crashes int not null default 0,
  zipped boolean not null default false,
  primary key (org, file_id)
);
create index if not exists file_by_content on command.file (org, sha256, attempt);
create index if not exists file_waiting on command.file (org, accepted_position) where status in ('accepted', 'processing');

create table if not exists command.file_reject (
  org text collate "C" not null,
  file_id text collate "C" not null,
  seq int not null,
  entry text,
  line int not null,
  field text not null,
  code text not null,
  message text not null,
  primary key (org, file_id, seq)
);
`;

/** Creates what is missing. Safe to run by several instances at once. */
export const migrateIntake = async (pool: Pool): Promise<void> => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtextextended('quadra/migrate/command', 0))`);
    await client.query(TABLES + VOID_TABLE);
    await client.query('commit');
  } catch (e) {
    await client.query('rollback').catch(() => undefined);
    throw e;
  } finally {
    client.release();
  }
};
