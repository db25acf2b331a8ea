import type { ClientBase } from 'pg';
import { READ_SCHEMA, tableName } from '../model';
import { PAYMENT_TABLE, TRANSFER_TABLE } from './rows';

const ddl = (transfer: string, payment: string, version: number): string => `
  create schema if not exists ${READ_SCHEMA};
  create table if not exists ${transfer} (
    org text collate "C" not null, iuv text collate "C" not null, seq smallint not null,
    issuer text, iur text, transfer_index smallint not null, state text not null, discrepancies text[] not null, labels text[] not null,
    amount_cents bigint not null, reported_cents bigint, iuf text, psp text, outcome text, entered_on date not null, exited_on date,
    credit_due_on date not null, flow_due_on date not null, receipt_due_on date, notice_cents bigint, excluded text,
    flow_key text collate "C", iud text, debtor_digest text, lane_key text not null, born bigint not null, position bigint not null,
    primary key (org, iuv, seq)) with (fillfactor = 70);
  create table if not exists ${payment} (
    org text collate "C" not null, iuv text collate "C" not null, life text not null, transfers smallint not null,
    born bigint not null, position bigint not null, primary key (org, iuv)) with (fillfactor = 70);
  create index if not exists transfer_v${version}_flow on ${transfer} (org, flow_key) where flow_key is not null;
  create index if not exists transfer_v${version}_iur on ${transfer} (org, iur) where iur is not null;
  create index if not exists transfer_v${version}_iud on ${transfer} (org, iud) where iud is not null;`;

/** Builds before that of 26 November 2026, noon, kept the folded stream of a payment in the row of its first transfer. */
const partLives = async (client: ClientBase, transfer: string, payment: string): Promise<void> => {
  const { rowCount } = await client.query('select from pg_attribute where attrelid = $1::regclass and attname = $2 and not attisdropped', [
    transfer,
    'life',
  ]);
  if (rowCount === 0) return;
  await client.query(`
    insert into ${payment} (org, iuv, life, transfers, born, position)
      select org, iuv, max(life), count(*), max(born), max(position) from ${transfer} group by org, iuv on conflict do nothing;
    drop view if exists ${READ_SCHEMA}.${TRANSFER_TABLE.name};
    alter table ${transfer} drop column life;`);
};

/** Creates the tables of the payments where they are missing, and gives those of earlier builds the form of today. */
export const migratePayments = async (client: ClientBase, version: number): Promise<void> => {
  const [transfer, payment] = [tableName(TRANSFER_TABLE.name, version), tableName(PAYMENT_TABLE.name, version)];
  await client.query(ddl(transfer, payment, version));
  await partLives(client, transfer, payment);
};
