import type { ClientBase, Pool } from 'pg';

/**
 * Tables of the public events. They are no read model: what was told cannot be told again differently, so no rebuild
 * touches them.
 */
export const PUBLIC_EVENTS_SCHEMA = 'public_events';

const S = PUBLIC_EVENTS_SCHEMA;

const TABLES = `
create schema if not exists ${S};
create table if not exists ${S}.head (one boolean primary key default true check (one), seq bigint not null, swept bigint not null);
insert into ${S}.head (seq, swept) values (0, 0) on conflict do nothing;
create table if not exists ${S}.outbox (
  seq bigint primary key, org text collate "C" not null, type text collate "C" not null, subject text collate "C" not null, sequence int not null,
  position bigint not null, at timestamptz not null, rule_set text, correction boolean not null, data text not null,
  written_at timestamptz not null default now());
create table if not exists ${S}.subject (subject text collate "C" primary key, sequence int not null) with (fillfactor = 70);
create table if not exists ${S}.mark (
  teller text collate "C" not null, org text collate "C" not null, position bigint not null, primary key (teller, org)) with (fillfactor = 50);
create table if not exists ${S}.flow (org text collate "C" not null, flow_key text collate "C" not null, doc text not null, primary key (org, flow_key))
  with (fillfactor = 70);
create table if not exists ${S}.credit (org text collate "C" not null, credit_id text collate "C" not null, doc text not null, primary key (org, credit_id))
  with (fillfactor = 70);`;

/** Creates what is missing; processes that start together take turns. */
export const migratePublicEvents = async (client: ClientBase | Pool): Promise<void> => {
  // Without parameters many statements are one simple query, and so one transaction.
  await client.query(`select pg_advisory_xact_lock(hashtextextended('quadra/migrate/public-events', 0)); ${TABLES}`);
};
