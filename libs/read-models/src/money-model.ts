import type { ClientBase } from 'pg';
import type { OrgId } from '@quadra/kernel';
import { orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { AllocationsChanged } from '@quadra/domain';
import { upsertRows } from '@quadra/processing';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from './model';
import { READ_SCHEMA, tableName } from './model';

type Change = AllocationsChanged['data'];

/** What the rows of flows and of credits have in common: a stream of facts of their own, and the judgements on the money. */
export interface MoneyDefinition<D extends { readonly life: { readonly revision: number } }> {
  readonly name: string;
  readonly category: 'settlementFlow' | 'credit';
  readonly table: ModelTable;
  /** Columns beside those of the table: not compared between versions. */
  readonly more: readonly string[];
  /** DDL of the columns. */
  readonly ddl: string;
  readonly empty: D;
  /** The id in the name of a stream, and the other way round. */
  idOf(stream: string): string;
  streamOf(org: OrgId, id: string): string;
  evolve(doc: D, event: StoredEvent): D;
  /** The ids that a judgement speaks of. */
  judged(change: Change): readonly string[];
  judge(doc: D, id: string, change: Change): D;
  /** Values of the columns of the table and of `more`. */
  rowOf(org: string, id: string, doc: D): UpsertValue[];
}

/** A document with the positions of the first and the last event that it was folded from. */
export interface Placed<D> {
  readonly doc: D;
  readonly born: bigint;
  readonly position: bigint;
}

type Known<D> = Map<string, Placed<D>>;

const PLACES = ['doc', 'born', 'position'];

/** All columns of a money table, in the order of `valuesOf`. */
export const moneyColumns = <D extends { life: { revision: number } }>({ table, more }: MoneyDefinition<D>): string[] => [
  ...table.columns,
  ...more,
  ...PLACES,
];

export const moneyValues = <D extends { life: { revision: number } }>(
  definition: MoneyDefinition<D>,
  org: string,
  id: string,
  { doc, born, position }: Placed<D>,
): UpsertValue[] => [...definition.rowOf(org, id, doc), JSON.stringify(doc), String(born), String(position)];

/** The ids that an event speaks of. */
const idsIn = <D extends { life: { revision: number } }>(definition: MoneyDefinition<D>, e: StoredEvent): readonly string[] => {
  if (e.stream.startsWith(`${definition.category}-`)) return [definition.idOf(e.stream)];
  return e.type === 'AllocationsChanged' ? definition.judged(e.data as Change) : [];
};

/** Folds one event into one document; an event of its own stream that it holds already changes nothing. */
export const foldMoney = <D extends { life: { revision: number } }>(
  definition: MoneyDefinition<D>,
  known: Placed<D> | undefined,
  id: string,
  e: StoredEvent,
): Placed<D> => {
  const { doc, born } = known ?? { doc: definition.empty, born: e.position };
  const isFact = e.stream.startsWith(`${definition.category}-`);
  if (isFact && e.revision <= doc.life.revision) return known!;
  return { doc: isFact ? definition.evolve(doc, e) : definition.judge(doc, id, e.data as Change), born, position: e.position };
};

const keyOf = (org: string, id: string): string => `${org}|${id}`;

const load = async <D extends { life: { revision: number } }>(
  tx: ClientBase,
  table: string,
  key: string,
  keys: readonly string[],
): Promise<Known<D>> => {
  const { rows } = await tx.query(
    `select t.org, t.${key} as id, t.doc, t.born, t.position from (select * from unnest($1::text[], $2::text[]) as u(o, k)) w
     join ${table} t on t.org = w.o and t.${key} = w.k`,
    [keys.map((k) => k.slice(0, 11)), keys.map((k) => k.slice(12))],
  );
  return new Map(
    rows.map((r) => [keyOf(r.org, r.id), { doc: JSON.parse(r.doc) as D, born: BigInt(r.born), position: BigInt(r.position) }]),
  );
};

/** A read model of one row per flow or credit: touched rows are loaded, folded and written back, a few statements a batch. */
export const moneyModel = <D extends { life: { revision: number } }>(definition: MoneyDefinition<D>, version: number): ReadModel => {
  const table = tableName(definition.table.name, version);
  const [, key] = definition.table.key as [string, string];
  return {
    name: definition.name,
    version,
    categories: [definition.category, 'reconciliation'],
    batchSize: 2_000,
    tables: [definition.table],
    migrate: async (client) => {
      await client.query(`create schema if not exists ${READ_SCHEMA};
        create table if not exists ${table} (${definition.ddl}, doc text not null, born bigint not null, position bigint not null,
          primary key (org, ${key})) with (fillfactor = 70);`);
    },
    handle: async (batch, tx) => {
      const touches = batch.map((e) => [e, orgOf(e.stream), idsIn(definition, e)] as const);
      const keys = [...new Set(touches.flatMap(([, org, ids]) => ids.map((id) => keyOf(org, id))))];
      if (keys.length === 0) return;
      const docs: Known<D> = await load(tx, table, key, keys);
      for (const [e, org, ids] of touches)
        for (const id of ids) docs.set(keyOf(org, id), foldMoney(definition, docs.get(keyOf(org, id)), id, e));
      const rows = keys.map((k) => moneyValues(definition, k.slice(0, 11), k.slice(12), docs.get(k)!));
      await upsertRows(tx, { table, columns: moneyColumns(definition), key: definition.table.key }, rows);
    },
  };
};
