import type { Pool } from 'pg';
import { PUBLIC_EVENTS_SCHEMA as S } from '@quadra/read-models';

const TABLES = `
create table if not exists ${S}.webhook (
  id uuid primary key, url text not null, description text not null, organizations text[], types text[],
  status text not null, reason text, seq bigint not null,
  secret bytea not null, previous_secret bytea, previous_until timestamptz,
  created_by text not null, created_at timestamptz not null default now());
create table if not exists ${S}.delivery (
  id uuid primary key, webhook_id uuid not null references ${S}.webhook on delete cascade,
  from_seq bigint not null, to_seq bigint not null, events int not null,
  status text not null, attempts int not null default 0, first_attempt_at timestamptz, next_attempt_at timestamptz not null default now(),
  answered int, answer text, error text, created_at timestamptz not null default now(), ended_at timestamptz);
create unique index if not exists delivery_in_hand on ${S}.delivery (webhook_id) where status = 'pending';
create index if not exists delivery_of_webhook on ${S}.delivery (webhook_id, created_at desc, id);`;

/** Creates what is missing; processes that start together take turns. */
export const migrateWebhooks = async (pool: Pool): Promise<void> => {
  await pool.query(`select pg_advisory_xact_lock(hashtextextended('quadra/migrate/webhooks', 0)); ${TABLES}`);
};
