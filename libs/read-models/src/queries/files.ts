import type { Pool } from 'pg';
import type { FileDoc } from '../files/projection';
import { READ_SCHEMA, query } from '../model';
import type { Source } from './source';
import type { Page, PageRequest } from './page';
import { Where, decodeCursor, pageOf } from './page';

interface Row {
  file_id: string;
  accepted_position: string;
  accepted_at: Date;
  ended_position: string | null;
  doc: string;
}

/** Is everything that followed from a position (matching and lifecycle included) in the read models? */
export type IsReconciled = (position: bigint) => boolean;

const NO_RECORDS = { read: 0, recorded: 0, unchanged: 0, conflicting: 0, ignored: 0, rejected: 0 };

const fileItem = (r: Row, isReconciled: IsReconciled) => {
  const doc = JSON.parse(r.doc) as FileDoc;
  const { recordedCents, ...records } = doc.counts ?? { ...NO_RECORDS, recordedCents: 0 };
  return {
    fileId: r.file_id,
    name: doc.name,
    status: doc.status,
    reconciled: r.ended_position !== null && isReconciled(BigInt(r.ended_position)),
    format: doc.format ?? null,
    bytes: doc.bytes,
    acceptedAt: r.accepted_at.toISOString(),
    records,
    recordedCents,
    ...(doc.entries && {
      entries: doc.entries.map(({ counts: { recordedCents: cents, ...counts }, ...entry }) => ({
        ...entry,
        records: counts,
        recordedCents: cents,
      })),
    }),
    ...(doc.error && { error: doc.error }),
    ...(doc.reason !== undefined && { voidedBecause: doc.reason }),
  };
};
export type FileItem = ReturnType<typeof fileItem>;

const COLUMNS = 'file_id, accepted_position::text, accepted_at, ended_position::text, doc';

/** Files of one organization, latest first. */
export const listFiles = async (
  source: Source,
  org: string,
  filter: { status?: string },
  page: PageRequest,
  isReconciled: IsReconciled,
): Promise<Page<FileItem>> => {
  const before = decodeCursor(page.cursor, 1)?.[0];
  const where = new Where()
    .add((p) => `org = ${p}`, org)
    .add((p) => `status = ${p}`, filter.status)
    .add((p) => `accepted_position < ${p}::bigint`, before === undefined ? undefined : String(before).replace(/\D/g, '') || '0');
  const rows = await query<Row>(
    source.client,
    `select ${COLUMNS} from ${source.schema}.file f ${where.text} order by f.accepted_position desc limit ${page.limit + 1}`,
    where.values,
  );
  return pageOf(
    rows,
    page.limit,
    (r) => [r.accepted_position],
    (r) => fileItem(r, isReconciled),
  );
};

export const readFileItem = async (
  source: Source,
  org: string,
  fileId: string,
  isReconciled: IsReconciled,
): Promise<FileItem | undefined> => {
  const [row] = await query<Row>(source.client, `select ${COLUMNS} from ${source.schema}.file where org = $1 and file_id = $2`, [
    org,
    fileId,
  ]);
  return row && fileItem(row, isReconciled);
};

export interface PendingFiles {
  /** Files accepted up to a position that have not ended yet. */
  readonly pending: number;
  /** The last position at which one of them ended. */
  readonly endedPosition: bigint;
}

/** What a write at a position still waits for on the side of the intake. */
export const filesUpTo = async (pool: Pool, org: string, position: bigint): Promise<PendingFiles> => {
  const [row] = await query<{ pending: number; ended: string | null }>(
    pool,
    `select count(*) filter (where ended_position is null)::int as pending, max(ended_position)::text as ended
     from ${READ_SCHEMA}.file where org = $1 and accepted_position <= $2::bigint`,
    [org, String(position)],
  );
  return { pending: row!.pending, endedPosition: BigInt(row!.ended ?? 0) };
};
