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

interface Row {
  readonly acceptedPosition: string;
  readonly acceptedAt: string;
  readonly endedPosition?: string;
  readonly doc: FileDoc;
}

const ddl = (table: string): string => `
  create schema if not exists ${READ_SCHEMA};
  create table if not exists ${table} (
    org text collate "C" not null, file_id text collate "C" not null, name text not null, status text not null, format text,
    accepted_position bigint not null, accepted_at timestamptz not null, ended_position bigint, doc text not null, primary key (org, file_id));`;

const evolve = (row: Row | undefined, event: ImportFileEvent, position: bigint, at: string): Row | undefined => {
  if (event.type === 'FileAccepted') {
    const doc: FileDoc = { name: event.data.name, status: 'accepted', bytes: event.data.bytes };
    return row ?? { acceptedPosition: String(position), acceptedAt: at, doc };
  }
  if (!row) return undefined;
  const ended = { ...row, endedPosition: String(position) };
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
      return { ...ended, doc: { ...row.doc, status: 'voided', reason: event.data.reason } };
    default:
      return row;
  }
};

/** One row per file taken in: where it stands, and what became of its records. */
export const filesModel = (version: number): ReadModel => {
  const table = tableName('file', version);
  const load = async (tx: ClientBase, keys: readonly string[]): Promise<Map<string, Row>> => {
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
        const next = evolve(files.get(keyOf(e.stream)), e as unknown as ImportFileEvent, e.position, e.meta.recordedAt);
        if (next) files.set(keyOf(e.stream), next);
      }
      const rows: UpsertValue[][] = [...files].map(([key, f]) => [
        key.slice(0, 11),
        key.slice(12),
        f.doc.name,
        f.doc.status,
        f.doc.format ?? null,
        f.acceptedPosition,
        f.acceptedAt,
        f.endedPosition ?? null,
        JSON.stringify(f.doc),
      ]);
      const columns = ['org', 'file_id', 'name', 'status', 'format', 'accepted_position', 'accepted_at', 'ended_position', 'doc'];
      await upsertRows(tx, { table, columns, key: FILE_TABLE.key }, rows);
    },
  };
};
