import type { ClientBase } from 'pg';
import type { FlowFunding, FlowLife, OrganizationSettings, PaymentLife } from '@quadra/domain';
import { storedLife } from '@quadra/domain';
import { Upsert, breathe, upsertRows } from '@quadra/processing';
import { RECONCILIATION_SCHEMA as S } from '../rules';

/** What the lifecycle keeps of one payment: its stream folded, and how much the versions brought that held its dropped lines. */
export interface PaymentDoc {
  readonly life: PaymentLife;
  /** By line key: declared total (cents) of the latest version that held a line which the highest dropped. */
  readonly held?: Readonly<Record<string, number>>;
  /** Keys of flows that touched it while its stream was ahead of the facts: to be looked at when these have come. */
  readonly due?: readonly string[];
}

export interface FlowDoc {
  readonly life: FlowLife;
  readonly funding?: FlowFunding;
}

export const migrateLifecycle = (client: ClientBase): Promise<unknown> =>
  client.query(`
    create schema if not exists ${S};
    create table if not exists ${S}.lifecycle_payment (
      org text collate "C" not null, iuv text collate "C" not null, doc text not null, primary key (org, iuv)) with (fillfactor = 60);
    create table if not exists ${S}.lifecycle_flow (
      org text collate "C" not null, flow_key text collate "C" not null, doc text not null, primary key (org, flow_key)) with (fillfactor = 60);
    create table if not exists ${S}.lifecycle_org (org text collate "C" primary key, settings text not null);`);

type Pair = readonly [org: string, key: string];

const loadDocs = async <T>(tx: ClientBase, table: string, column: string, pairs: readonly Pair[]): Promise<Map<string, T>> => {
  if (pairs.length === 0) return new Map();
  const { rows } = await tx.query(
    `select d.org, d.${column} as key, d.doc from (select * from unnest($1::text[], $2::text[]) as t(o, k)) w
     join ${S}.${table} d on d.org = w.o and d.${column} = w.k`,
    [pairs.map((p) => p[0]), pairs.map((p) => p[1])],
  );
  return new Map(rows.map((r) => [`${r.org}|${r.key}`, JSON.parse(r.doc)]));
};

const BREATH = 500;

const saveDocs = async (tx: ClientBase, table: string, column: string, docs: ReadonlyMap<string, unknown>): Promise<void> => {
  const upsert = new Upsert({ table: `${S}.${table}`, columns: ['org', column, 'doc'], key: ['org', column] });
  let written = 0;
  for (const [key, doc] of docs) {
    upsert.add([key.slice(0, 11), key.slice(12), JSON.stringify(doc)]);
    if (++written % BREATH === 0) await breathe();
  }
  await upsert.write(tx);
};

export const loadPayments = async (tx: ClientBase, pairs: readonly Pair[]): Promise<Map<string, PaymentDoc>> => {
  const docs = await loadDocs<PaymentDoc>(tx, 'lifecycle_payment', 'iuv', pairs);
  for (const [key, doc] of docs) docs.set(key, { ...doc, life: storedLife(doc.life) });
  return docs;
};
export const savePayments = (tx: ClientBase, docs: ReadonlyMap<string, PaymentDoc>) => saveDocs(tx, 'lifecycle_payment', 'iuv', docs);
export const loadFlowDocs = (tx: ClientBase, pairs: readonly Pair[]) => loadDocs<FlowDoc>(tx, 'lifecycle_flow', 'flow_key', pairs);
export const saveFlowDocs = (tx: ClientBase, docs: ReadonlyMap<string, FlowDoc>) => saveDocs(tx, 'lifecycle_flow', 'flow_key', docs);

export const loadSettings = async (tx: ClientBase, orgs: readonly string[]): Promise<Map<string, OrganizationSettings>> => {
  const { rows } = await tx.query(`select org, settings from ${S}.lifecycle_org where org = any($1)`, [orgs]);
  return new Map(rows.map((r) => [r.org, JSON.parse(r.settings)]));
};

export const saveSettings = (tx: ClientBase, settings: ReadonlyMap<string, OrganizationSettings>): Promise<void> =>
  upsertRows(
    tx,
    { table: `${S}.lifecycle_org`, columns: ['org', 'settings'], key: ['org'] },
    [...settings].map(([org, s]) => [org, JSON.stringify(s)]),
  );

/** The payments of one organization, page by page in key order: for a change of settings, which concerns them all. */
export const payments = async (tx: ClientBase, org: string, after: string, limit: number): Promise<string[]> => {
  const { rows } = await tx.query(`select iuv from ${S}.lifecycle_payment where org = $1 and iuv > $2 order by iuv limit $3`, [
    org,
    after,
    limit,
  ]);
  return rows.map((r) => r.iuv);
};
