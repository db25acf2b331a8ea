import type { Pool } from 'pg';

const TABLES = `
create schema if not exists platform;
create table if not exists platform.api_key (
  id text collate "C" primary key,
  hash bytea not null,
  name text not null,
  roles text[] not null,
  organizations text[],
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  last_used_at timestamptz
);
create table if not exists platform.idempotency (
  scope text collate "C" primary key,
  body_hash text not null,
  status int,
  answer text,
  created_at timestamptz not null default now()
);
create index if not exists idempotency_by_age on platform.idempotency (created_at);
`;

/** Creates the tables of the platform where they are missing; several instances may start at once. */
export const migratePlatform = async (pool: Pool): Promise<void> => {
  // One simple query of many statements is one transaction; the lock makes two starting processes take turns.
  await pool.query(`select pg_advisory_xact_lock(hashtextextended('quadra/migrate/platform', 0)); ${TABLES}`);
};
