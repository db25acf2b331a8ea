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

const stagingOf = (target: UpsertTarget): string => `staged_${target.table.replaceAll('.', '_')}`;

/** Writes rows by key, set-based: COPY into a session's staging table, then one insert that replaces what is there. */
export const upsertRows = async (client: ClientBase, target: UpsertTarget, rows: readonly (readonly CopyValue[])[]): Promise<void> => {
  if (rows.length === 0) return;
  const { table, columns, key } = target;
  const staging = stagingOf(target);
  const list = columns.join(', ');
  await client.query(`create temp table if not exists ${staging} on commit delete rows as select ${list} from ${table} with no data`);
  await copyInto(client, staging, columns, rows);
  const updates = columns.filter((c) => !key.includes(c)).map((c) => `${c} = excluded.${c}`);
  const action = updates.length ? `do update set ${updates.join(', ')}` : 'do nothing';
  await client.query(`insert into ${table} (${list}) select ${list} from ${staging} on conflict (${key.join(', ')}) ${action}`);
  await client.query(`truncate ${staging}`);
};
