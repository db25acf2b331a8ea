import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

export type CopyValue = string | number | bigint | boolean | null | undefined;

const SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const encode = (value: CopyValue): string => {
  if (value === null || value === undefined) return '\\N';
  if (typeof value !== 'string') return String(value);
  SPECIAL.lastIndex = 0;
  return SPECIAL.test(value) ? value.replace(SPECIAL, (c) => ESCAPES[c]!) : value;
};

/** Rows in PostgreSQL's COPY text format. */
export const encodeRows = (rows: readonly (readonly CopyValue[])[]): string => {
  let text = '';
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) text += i === 0 ? encode(row[0]) : `\t${encode(row[i])}`;
    text += '\n';
  }
  return text;
};

const CHUNK_ROWS = 2_000;

/** Streams rows into a table; one statement whatever their number. */
export const copyInto = async (client: ClientBase, table: string, columns: readonly string[], rows: readonly (readonly CopyValue[])[]): Promise<void> => {
  if (rows.length === 0) return;
  const stream = client.query(copyFrom(`copy ${table} (${columns.join(', ')}) from stdin`));
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject);
    stream.on('finish', resolve);
    for (let at = 0; at < rows.length; at += CHUNK_ROWS) stream.write(encodeRows(rows.slice(at, at + CHUNK_ROWS)));
    stream.end();
  });
};

export interface UpsertTarget {
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

/** From so many rows on COPY pays for its staging table. */
const STAGE_FROM = 400;

const replaceAction = ({ columns, key }: UpsertTarget): string => {
  const updates = columns.filter((c) => !key.includes(c)).map((c) => `${c} = excluded.${c}`);
  return `on conflict (${key.join(', ')}) ${updates.length ? `do update set ${updates.join(', ')}` : 'do nothing'}`;
};

/** A few rows: one statement, typed by the table itself. */
const upsertFew = async (client: ClientBase, target: UpsertTarget, rows: readonly (readonly CopyValue[])[]): Promise<void> => {
  const list = target.columns.join(', ');
  const records = rows.map((row) => Object.fromEntries(target.columns.map((c, i) => [c, typeof row[i] === 'bigint' ? String(row[i]) : row[i]])));
  await client.query(
    `insert into ${target.table} (${list}) select ${list} from json_populate_recordset(null::${target.table}, $1::json) ${replaceAction(target)}`,
    [JSON.stringify(records)],
  );
};

/** Many rows: COPY into a staging table of the session, then one insert. */
const upsertMany = async (client: ClientBase, target: UpsertTarget, rows: readonly (readonly CopyValue[])[]): Promise<void> => {
  const staging = `staged_${target.table.replaceAll('.', '_')}`;
  const list = target.columns.join(', ');
  await client.query(`create temp table if not exists ${staging} as select ${list} from ${target.table} with no data`);
  await copyInto(client, staging, target.columns, rows);
  await client.query(`insert into ${target.table} (${list}) select ${list} from ${staging} ${replaceAction(target)}; truncate ${staging}`);
};

/** Writes rows by key, set-based: what is there is replaced, what is not is added. */
export const upsertRows = async (client: ClientBase, target: UpsertTarget, rows: readonly (readonly CopyValue[])[]): Promise<void> => {
  if (rows.length === 0) return;
  await (rows.length < STAGE_FROM ? upsertFew : upsertMany)(client, target, rows);
};
