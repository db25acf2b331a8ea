import type { FileFormat, FileStatus } from '@quadra/domain';
import type { OrgId } from '@quadra/kernel';
import type { Pool } from 'pg';

/** `processing`: an importer has begun; `unknown` never stands in a row. */
export type FileRowStatus = Exclude<FileStatus, 'unknown'> | 'processing';

/** A file in the queue of the importer. */
export interface FileRow {
  readonly org: OrgId;
  readonly fileId: string;
  readonly sha256: string;
  readonly attempt: number;
  readonly name: string;
  readonly bytes: number;
  readonly status: FileRowStatus;
  readonly requestedFormat?: FileFormat;
  readonly actor: string;
  readonly correlationId: string;
  /** Of `FileAccepted`; absent while the acceptance is under way, or was interrupted. */
  readonly acceptedPosition?: bigint;
  readonly crashes: number;
  readonly zipped: boolean;
}

const COLUMNS =
  'org, file_id, sha256, attempt, name, bytes, status, requested_format, actor, correlation_id, accepted_position, crashes, zipped';

/** As `pg` gives it: 64-bit numbers come as text. */
interface SqlRow {
  readonly org: OrgId;
  readonly file_id: string;
  readonly sha256: string;
  readonly attempt: number;
  readonly name: string;
  readonly bytes: string;
  readonly status: FileRowStatus;
  readonly requested_format: FileFormat | null;
  readonly actor: string;
  readonly correlation_id: string;
  readonly accepted_position: string | null;
  readonly crashes: number;
  readonly zipped: boolean;
}

const toRow = (r: SqlRow): FileRow => ({
  org: r.org,
  fileId: r.file_id,
  sha256: r.sha256,
  attempt: r.attempt,
  name: r.name,
  bytes: Number(r.bytes),
  status: r.status,
  actor: r.actor,
  correlationId: r.correlation_id,
  crashes: r.crashes,
  zipped: r.zipped,
  ...(r.requested_format !== null && { requestedFormat: r.requested_format }),
  ...(r.accepted_position !== null && { acceptedPosition: BigInt(r.accepted_position) }),
});

export type NewFile = Omit<FileRow, 'status' | 'acceptedPosition' | 'crashes' | 'zipped'>;

/** The rows of the files that were taken in. The stream of a file decides what it is; the row follows and queues it. */
export class FileTable {
  constructor(private readonly pool: Pool) {}

  /** @returns the new row, undefined when the file is there already. */
  async insert(file: NewFile): Promise<FileRow | undefined> {
    const { rows } = await this.pool.query(
      `insert into command.file (org, file_id, sha256, attempt, name, bytes, status, requested_format, actor, correlation_id)
       values ($1, $2, $3, $4, $5, $6, 'accepted', $7, $8, $9) on conflict (org, file_id) do nothing returning ${COLUMNS}`,
      [
        file.org,
        file.fileId,
        file.sha256,
        file.attempt,
        file.name,
        file.bytes,
        file.requestedFormat ?? null,
        file.actor,
        file.correlationId,
      ],
    );
    return rows[0] && toRow(rows[0]);
  }

  async find(org: OrgId, fileId: string): Promise<FileRow | undefined> {
    const { rows } = await this.pool.query(`select ${COLUMNS} from command.file where org = $1 and file_id = $2`, [org, fileId]);
    return rows[0] && toRow(rows[0]);
  }

  async latestAttempt(org: OrgId, sha256: string): Promise<number | undefined> {
    const { rows } = await this.pool.query('select max(attempt) as attempt from command.file where org = $1 and sha256 = $2', [
      org,
      sha256,
    ]);
    return rows[0]?.attempt ?? undefined;
  }

  async accepted(org: OrgId, fileId: string, position: bigint): Promise<void> {
    await this.pool.query('update command.file set accepted_position = $3 where org = $1 and file_id = $2', [
      org,
      fileId,
      position.toString(),
    ]);
  }

  /** Rows whose acceptance was interrupted before its event was known to stand. */
  async unsettled(): Promise<FileRow[]> {
    const { rows } = await this.pool.query(`select ${COLUMNS} from command.file where accepted_position is null and status = 'accepted'`);
    return rows.map(toRow);
  }

  /** The oldest waiting file of each organization that is not busy, oldest first. */
  async waiting(busy: readonly string[], limit: number): Promise<FileRow[]> {
    const { rows } = await this.pool.query(
      `select * from (
         select distinct on (org) ${COLUMNS} from command.file
         where status in ('accepted', 'processing') and accepted_position is not null and org <> all($1)
         order by org, accepted_position
       ) as first order by accepted_position limit $2`,
      [busy, limit],
    );
    return rows.map(toRow);
  }

  async setStatus(org: OrgId, fileId: string, status: FileRowStatus, zipped = false): Promise<void> {
    await this.pool.query('update command.file set status = $3, zipped = zipped or $4 where org = $1 and file_id = $2', [
      org,
      fileId,
      status,
      zipped,
    ]);
  }

  /** @returns how often a reader has ended on this file by now. */
  async crashed(org: OrgId, fileId: string): Promise<number> {
    const { rows } = await this.pool.query(
      'update command.file set crashes = crashes + 1 where org = $1 and file_id = $2 returning crashes',
      [org, fileId],
    );
    return rows[0]?.crashes ?? 0;
  }
}
