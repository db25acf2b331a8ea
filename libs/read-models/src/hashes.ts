import type { ClientBase, Pool } from 'pg';
import type { ModelFactory, ModelTable, ReadModel } from './model';
import { READ_SCHEMA, comparedTables, query, shownRows, tableName } from './model';

/** The part of a read model's content that must be equal after any order of arrival and any rebuild. */
const hashSql = (table: string, model: ModelTable): string => {
  const text = model.columns.map((c) => `coalesce(${c}::text, '~')`).join(`, '|', `);
  return `select count(*)::text as n, coalesce(sum(('x' || substr(h, 1, 15))::bit(60)::bigint), 0)::text as a,
    coalesce(sum(('x' || substr(h, 16, 15))::bit(60)::bigint), 0)::text as b from (select md5(concat(${text})) as h from ${shownRows(table, model)}) t`;
};

/** A digest of a model's business columns: equal facts, equal digests. */
export const hashOf = async (client: ClientBase | Pool, model: ReadModel): Promise<string> => {
  const parts: string[] = [];
  for (const table of comparedTables(model)) {
    const [row] = await query<{ n: string; a: string; b: string }>(client, hashSql(tableName(table.name, model.version), table));
    parts.push(`${table.name}:${row!.n}:${row!.a}:${row!.b}`);
  }
  return parts.join(' ');
};

/** By read model, the digest of the version that is live, whoever runs it: equal facts, equal digests. */
export const liveHashes = async (pool: Pool, factories: readonly ModelFactory[]): Promise<Record<string, string>> => {
  const result: Record<string, string> = {};
  for (const factory of factories) {
    const { name } = factory(1);
    const [row] = await query<{ live: number }>(pool, `select live from ${READ_SCHEMA}.model where name = $1`, [name]);
    if (row) result[name] = await hashOf(pool, factory(row.live));
  }
  return result;
};
