import type { ClientBase } from 'pg';
import type { Allocation, CreditLife, FlowFunding, FlowLife } from '@quadra/domain';
import { flowKey } from '@quadra/domain';
import { copyInto, upsertRows } from '@quadra/processing';
import { RECONCILIATION_SCHEMA as S } from '../rules';

/** Identifies a row of one organization in a set. */
export const orgKey = (org: string, key: string): string => `${org}|${key}`;

export interface FlowRow {
  readonly org: string;
  readonly flowKey: string;
  readonly life: FlowLife;
  readonly funding?: FlowFunding;
}

export interface CreditRow {
  readonly org: string;
  readonly creditId: string;
  readonly life: CreditLife;
}

type Pair = readonly [org: string, key: string];

export const migrateMatcher = (client: ClientBase): Promise<unknown> =>
  client.query(`
    create schema if not exists ${S};
    create table if not exists ${S}.matcher_org (org text collate "C" primary key, revision int not null, awaits bigint not null, due boolean not null);
    create table if not exists ${S}.matcher_flow (
      org text collate "C" not null, flow_key text collate "C" not null, life text not null, funding text, primary key (org, flow_key));
    create table if not exists ${S}.matcher_credit (
      org text collate "C" not null, credit_id text collate "C" not null, life text not null, primary key (org, credit_id));
    create table if not exists ${S}.matcher_candidate (
      org text collate "C" not null, flow_key text collate "C" not null, credit_id text collate "C" not null, primary key (org, flow_key, credit_id));
    create index if not exists matcher_candidate_credit on ${S}.matcher_candidate (org, credit_id);
    create table if not exists ${S}.matcher_allocation (
      org text collate "C" not null, credit_id text collate "C" not null, flow_key text collate "C" not null, allocation text not null,
      primary key (org, credit_id, flow_key));
    create index if not exists matcher_allocation_flow on ${S}.matcher_allocation (org, flow_key);`);

const columns = (pairs: readonly Pair[]): [string[], string[]] => [pairs.map((p) => p[0]), pairs.map((p) => p[1])];
const WANTED = '(select * from unnest($1::text[], $2::text[]) as t(o, k)) w';

export const loadFlows = async (tx: ClientBase, pairs: readonly Pair[]): Promise<FlowRow[]> => {
  if (!pairs.length) return [];
  const { rows } = await tx.query(
    `select f.org, f.flow_key, f.life, f.funding from ${WANTED} join ${S}.matcher_flow f on f.org = w.o and f.flow_key = w.k`,
    columns(pairs),
  );
  return rows.map((r) => ({
    org: r.org,
    flowKey: r.flow_key,
    life: JSON.parse(r.life),
    ...(r.funding && { funding: JSON.parse(r.funding) }),
  }));
};

export const loadCredits = async (tx: ClientBase, pairs: readonly Pair[]): Promise<CreditRow[]> => {
  if (!pairs.length) return [];
  const { rows } = await tx.query(
    `select c.org, c.credit_id, c.life from ${WANTED} join ${S}.matcher_credit c on c.org = w.o and c.credit_id = w.k`,
    columns(pairs),
  );
  return rows.map((r) => ({ org: r.org, creditId: r.credit_id, life: JSON.parse(r.life) }));
};

type Side = 'flow_key' | 'credit_id';

/** The other side of the candidates that link flows and credits. */
const linked = async (tx: ClientBase, pairs: readonly Pair[], from: Side, to: Side): Promise<Pair[]> => {
  if (!pairs.length) return [];
  const { rows } = await tx.query<{ org: string; key: string }>(
    `select distinct c.org, c.${to} as key from ${WANTED} join ${S}.matcher_candidate c on c.org = w.o and c.${from} = w.k`,
    columns(pairs),
  );
  return rows.map((r) => [r.org, r.key] as const);
};

/** Ids of the credits whose text names one of these flows. */
export const creditsNaming = (tx: ClientBase, flows: readonly Pair[]): Promise<Pair[]> => linked(tx, flows, 'flow_key', 'credit_id');

/** Flows that any text of these credits names or named; what a text once named stays known. */
export const flowsEverNamed = (tx: ClientBase, credits: readonly Pair[]): Promise<Pair[]> => linked(tx, credits, 'credit_id', 'flow_key');

export interface AllocationRow {
  readonly org: string;
  readonly allocation: Allocation;
}

export const loadAllocations = async (tx: ClientBase, flows: readonly Pair[], credits: readonly Pair[]): Promise<AllocationRow[]> => {
  const byFlow = await tx.query(
    `select a.org, a.allocation, a.credit_id, a.flow_key from ${WANTED} join ${S}.matcher_allocation a on a.org = w.o and a.flow_key = w.k`,
    columns(flows),
  );
  const byCredit = await tx.query(
    `select a.org, a.allocation, a.credit_id, a.flow_key from ${WANTED} join ${S}.matcher_allocation a on a.org = w.o and a.credit_id = w.k`,
    columns(credits),
  );
  const rows = new Map([...byFlow.rows, ...byCredit.rows].map((r) => [`${r.org}|${r.credit_id}|${r.flow_key}`, r]));
  return [...rows.values()].map((r) => ({ org: r.org, allocation: JSON.parse(r.allocation) }));
};

export const saveFlows = (tx: ClientBase, rows: readonly FlowRow[]): Promise<void> =>
  upsertRows(
    tx,
    { table: `${S}.matcher_flow`, columns: ['org', 'flow_key', 'life', 'funding'], key: ['org', 'flow_key'] },
    rows.map((r) => [r.org, r.flowKey, JSON.stringify(r.life), r.funding ? JSON.stringify(r.funding) : null]),
  );

export const saveCredits = async (tx: ClientBase, rows: readonly CreditRow[]): Promise<void> => {
  await upsertRows(
    tx,
    { table: `${S}.matcher_credit`, columns: ['org', 'credit_id', 'life'], key: ['org', 'credit_id'] },
    rows.map((r) => [r.org, r.creditId, JSON.stringify(r.life)]),
  );
  const candidates = new Map<string, [string, string, string]>();
  for (const r of rows) {
    for (const content of r.life.contents) {
      for (const c of content.candidates) {
        candidates.set(`${r.org}|${flowKey(c.iuf)}|${r.creditId}`, [r.org, flowKey(c.iuf), r.creditId]);
      }
    }
  }
  const key = ['org', 'flow_key', 'credit_id'];
  await upsertRows(tx, { table: `${S}.matcher_candidate`, columns: key, key }, [...candidates.values()]);
};

/** How far the judgements of one organization are in the tables. */
export interface OrgRow {
  /** Revision of the last judgement applied; -1 for none. */
  readonly revision: number;
  /** The last position that an applied judgement considered: before the facts have come so far, nobody can judge anew. */
  readonly awaits: bigint;
  /** Facts came before that position and were not judged: everything must be looked at once it is reached. */
  readonly due: boolean;
}

export const NO_JUDGEMENT: OrgRow = { revision: -1, awaits: 0n, due: false };

/** The rows of some organizations, and of all other owned ones whose due look became possible at a position. */
export const loadOrgs = async (
  tx: ClientBase,
  orgs: readonly string[],
  position: bigint,
  owns: (org: string) => boolean,
): Promise<Map<string, OrgRow>> => {
  const { rows } = await tx.query(
    `select org, revision, awaits, due from ${S}.matcher_org where org = any($1) or (due and awaits <= $2::bigint)`,
    [orgs, String(position)],
  );
  const known = new Map<string, OrgRow>(orgs.map((org) => [org, NO_JUDGEMENT]));
  for (const r of rows) if (owns(r.org)) known.set(r.org, { revision: r.revision, awaits: BigInt(r.awaits), due: r.due });
  return known;
};

export const saveOrgs = (tx: ClientBase, orgs: ReadonlyMap<string, OrgRow>): Promise<void> =>
  upsertRows(
    tx,
    { table: `${S}.matcher_org`, columns: ['org', 'revision', 'awaits', 'due'], key: ['org'] },
    [...orgs].map(([org, r]) => [org, r.revision, String(r.awaits), r.due]),
  );

/** All flows and credits of one organization: some rows per thousand payments. */
export const loadAll = async (tx: ClientBase, org: string): Promise<{ flows: FlowRow[]; credits: CreditRow[] }> => {
  const flows = await tx.query(`select flow_key as key from ${S}.matcher_flow where org = $1`, [org]);
  const credits = await tx.query(`select credit_id as key from ${S}.matcher_credit where org = $1`, [org]);
  const pairs = (rows: readonly { key: string }[]) => rows.map((r) => [org, r.key] as const);
  return { flows: await loadFlows(tx, pairs(flows.rows)), credits: await loadCredits(tx, pairs(credits.rows)) };
};

/** Takes a judgement into the tables: released allocations go, new ones come. Applying it again changes nothing. */
export const applyAllocations = async (
  tx: ClientBase,
  org: string,
  change: { released: readonly { creditId: string; iuf: string }[]; allocated: readonly Allocation[] },
): Promise<void> => {
  const gone = [...change.released, ...change.allocated];
  if (gone.length === 0) return;
  await tx.query(
    `delete from ${S}.matcher_allocation a using unnest($2::text[], $3::text[]) as t(c, k) where a.org = $1 and a.credit_id = t.c and a.flow_key = t.k`,
    [org, gone.map((g) => g.creditId), gone.map((g) => flowKey(g.iuf))],
  );
  await copyInto(
    tx,
    `${S}.matcher_allocation`,
    ['org', 'credit_id', 'flow_key', 'allocation'],
    change.allocated.map((a) => [org, a.creditId, flowKey(a.iuf), JSON.stringify(a)]),
  );
};
