import type { ClientBase } from 'pg';
import { orgOf } from '@quadra/kernel';
import type { FileCounts, FileEntry, FileError, ImportFileEvent } from '@quadra/domain';
import { upsertRows } from '@quadra/processing';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { READ_SCHEMA, tableName } from '../model';

export const FILE_TABLE: ModelTable = {
  name: 'file',
  key: ['org', 'file_id'],
  columns: ['org', 'file_id', 'name', 'status', 'format', 'doc'],
};

export interface FileDoc {
  readonly name: string;
  readonly status: 'accepted' | 'imported' | 'rejected' | 'voided';
  readonly format?: string;
  readonly bytes: number;
  readonly counts?: FileCounts;
  readonly entries?: readonly FileEntry[];
  readonly error?: FileError;
  readonly reason?: string;
}

export interface FileState {
  readonly acceptedPosition: string;
  readonly acceptedAt: string;
  /** Of the event after which nothing more is to come of the file; absent while it is imported, or taken back. */
  readonly endedPosition?: string;
  /** Of its last event. */
  readonly position: string;
  readonly doc: FileDoc;
}

const ddl = (table: string): string => `
  create schema if not exists ${READ_SCHEMA};
  create table if not exists ${table} (
    org text collate "C" not null, file_id text collate "C" not null, name text not null, status text not null, format text,
    accepted_position bigint not null, accepted_at timestamptz not null, ended_position bigint, position bigint not null, doc text not null, primary key (org, file_id));`;

/** Folds one event of a file. */
export const evolveFile = (row: FileState | undefined, event: ImportFileEvent, position: bigint, at: string): FileState | undefined => {
  if (event.type === 'FileAccepted') {
    const doc: FileDoc = { name: event.data.name, status: 'accepted', bytes: event.data.bytes };
    return row ?? { acceptedPosition: String(position), acceptedAt: at, position: String(position), doc };
  }
  if (!row) return undefined;
  const going = { acceptedPosition: row.acceptedPosition, acceptedAt: row.acceptedAt, position: String(position), doc: row.doc };
  const ended = { ...going, endedPosition: String(position) };
  switch (event.type) {
    case 'FileImported': {
      const { counts, entries, format } = event.data;
      return { ...ended, doc: { ...row.doc, status: 'imported', format, counts, ...(entries && { entries }) } };
    }
    case 'FileRejected':
      return {
        ...ended,
        doc: { ...row.doc, status: 'rejected', error: event.data.error, ...(event.data.format && { format: event.data.format }) },
      };
    case 'FileVoided':
      return { ...going, doc: { ...row.doc, status: 'voided', reason: event.data.reason } };
    case 'FileVoidCompleted':
      return ended;
    default:
      return row;
  }
};

/** All columns of the table, in the order of `fileValues`. */
export const FILE_COLUMNS = [
  'org',
  'file_id',
  'name',
  'status',
  'format',
  'accepted_position',
  'accepted_at',
  'ended_position',
  'position',
  'doc',
] as const;

export const fileValues = (org: string, fileId: string, f: FileState): UpsertValue[] => [
  org,
  fileId,
  f.doc.name,
  f.doc.status,
  f.doc.format ?? null,
  f.acceptedPosition,
  f.acceptedAt,
  f.endedPosition ?? null,
  f.position,
  JSON.stringify(f.doc),
];

/** One row per file taken in: where it stands, and what became of its records. */
export const filesModel = (version: number): ReadModel => {
  const table = tableName('file', version);
  const load = async (tx: ClientBase, keys: readonly string[]): Promise<Map<string, FileState>> => {
    const { rows } = await tx.query(
      `select f.* from (select * from unnest($1::text[], $2::text[]) as u(o, k)) w join ${table} f on f.org = w.o and f.file_id = w.k`,
      [keys.map((k) => k.slice(0, 11)), keys.map((k) => k.slice(12))],
    );
    return new Map(
      rows.map((r) => [
        `${r.org}|${r.file_id}`,
        {
          acceptedPosition: String(r.accepted_position),
          acceptedAt: r.accepted_at.toISOString(),
          ...(r.ended_position !== null && { endedPosition: String(r.ended_position) }),
          position: String(r.position),
          doc: JSON.parse(r.doc) as FileDoc,
        },
      ]),
    );
  };
  return {
    name: 'files',
    version,
    categories: ['importFile'],
    batchSize: 1_000,
    tables: [FILE_TABLE],
    migrate: async (client) => void (await client.query(ddl(table))),
    handle: async (batch, tx) => {
      const keyOf = (stream: string) => `${orgOf(stream)}|${stream.slice(stream.indexOf('_') + 1)}`;
      const keys = [...new Set(batch.map((e) => keyOf(e.stream)))];
      const files = await load(tx, keys);
      for (const e of batch) {
        const next = evolveFile(files.get(keyOf(e.stream)), e as unknown as ImportFileEvent, e.position, e.meta.recordedAt);
        if (next) files.set(keyOf(e.stream), next);
      }
      const rows = [...files].map(([key, file]) => fileValues(key.slice(0, 11), key.slice(12), file));
      await upsertRows(tx, { table, columns: FILE_COLUMNS, key: FILE_TABLE.key }, rows);
    },
  };
};
