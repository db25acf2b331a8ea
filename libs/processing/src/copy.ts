import type { ClientBase } from 'pg';
import { CopyWrite } from './copy-write';
import type { CopyValue } from './row-bytes';
import { RowBytes, rowBytes } from './row-bytes';

/** Streams rows into a table; one statement whatever their number. */
export const copyInto = async (
  client: ClientBase,
  table: string,
  columns: readonly string[],
  rows: RowBytes | readonly (readonly CopyValue[])[],
): Promise<void> => {
  const bytes = rows instanceof RowBytes ? rows : rowBytes(rows);
  if (bytes.count === 0) return;
  await client.query(new CopyWrite(`copy ${table} (${columns.join(', ')}) from stdin`, bytes.pieces())).done;
};

export interface UpsertTarget {
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

/** By table and columns. */
const types = new Map<string, readonly string[]>();

/** What JSON can carry: positions come as text. */
export type UpsertValue = Exclude<CopyValue, bigint>;

/** The types of the columns, asked once: values travel as JSON and are cast by the database. */
const typesOf = async (client: ClientBase, { table, columns }: UpsertTarget): Promise<readonly string[]> => {
  const key = `${table} ${columns.join()}`;
  const known = types.get(key);
  if (known) return known;
  const { rows } = await client.query(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0`,
    [table],
  );
  const found = new Map((rows as { name: string; type: string }[]).map((r) => [r.name, r.type]));
  const list = columns.map((c) => found.get(c) ?? 'text');
  types.set(key, list);
  return list;
};

const replaceAction = ({ columns, key }: UpsertTarget): string => {
  const updates = columns.filter((c) => !key.includes(c)).map((c) => `${c} = excluded.${c}`);
  return `on conflict (${key.join(', ')}) ${updates.length ? `do update set ${updates.join(', ')}` : 'do nothing'}`;
};

/** From so many rows on COPY pays for its staging table: texts travel as they are, and are not quoted twice. */
const STAGE_FROM = 500;

const HALF_PAIR = /\p{Surrogate}/gu;

/** JSON that the database takes: half of a surrogate pair becomes U+FFFD, as it does on the way of COPY. */
const storableJson = (rows: readonly (readonly UpsertValue[])[]): string => {
  const json = JSON.stringify(rows);
  if (!json.includes('\\ud')) return json;
  return JSON.stringify(rows, (_, value: unknown) => (typeof value === 'string' ? value.replace(HALF_PAIR, '\ufffd') : value));
};

/** Some rows: one statement. */
const upsertSome = async (client: ClientBase, target: UpsertTarget, rows: readonly (readonly UpsertValue[])[]): Promise<void> => {
  const casts = (await typesOf(client, target)).map((type, i) => `(e->>${i})::${type}`).join(', ');
  await client.query(
    `insert into ${target.table} (${target.columns.join(', ')}) select ${casts} from jsonb_array_elements($1::jsonb) e ${replaceAction(target)}`,
    [storableJson(rows)],
  );
};

/** Many rows: COPY into a staging table of the session, then one insert. */
const upsertMany = async (client: ClientBase, target: UpsertTarget, rows: RowBytes): Promise<void> => {
  const staging = `staged_${target.table.replaceAll('.', '_')}`;
  const list = target.columns.join(', ');
  await client.query(`create temp table if not exists ${staging} as select ${list} from ${target.table} with no data`);
  await copyInto(client, staging, target.columns, rows);
  await client.query(`insert into ${target.table} (${list}) select ${list} from ${staging} ${replaceAction(target)}; truncate ${staging}`);
};

/** Rows of one table, added one by one and then written by key, set-based: what is there is replaced, what is not is added. */
export class Upsert {
  private few: (readonly UpsertValue[])[] = [];
  private many: RowBytes | undefined;

  constructor(private readonly target: UpsertTarget) {}

  /** No key may come twice before the rows are written. */
  add(row: readonly UpsertValue[]): void {
    if (this.many) return this.many.add(row);
    this.few.push(row);
    if (this.few.length < STAGE_FROM) return;
    this.many = rowBytes(this.few);
    this.few = [];
  }

  async write(client: ClientBase): Promise<void> {
    if (this.many) await upsertMany(client, this.target, this.many);
    else if (this.few.length > 0) await upsertSome(client, this.target, this.few);
  }
}

/** Writes rows by key, set-based: what is there is replaced, what is not is added. */
export const upsertRows = async (client: ClientBase, target: UpsertTarget, rows: Iterable<readonly UpsertValue[]>): Promise<void> => {
  const upsert = new Upsert(target);
  for (const row of rows) upsert.add(row);
  await upsert.write(client);
};
