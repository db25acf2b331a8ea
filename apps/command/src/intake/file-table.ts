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

/** A file that was accepted after a void waits until that is worked off. */
const BEFORE_VOIDS =
  'not exists (select from command.file_void v where v.org = file.org and not v.done and v.position < file.accepted_position)';

/** Files that are looked through at once. */
const PAGE = 500;

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

  /**
   * The first waiting files of organizations that are not busy, in the order of acceptance; the organization that waits longest
   * comes first.
   */
  async waiting(busy: readonly string[], organizations: number, files: number): Promise<FileRow[][]> {
    const { rows } = await this.pool.query(
      `select f.* from (
         select org, min(accepted_position) as since from command.file
         where status in ('accepted', 'processing') and accepted_position is not null and org <> all($1) and ${BEFORE_VOIDS}
         group by org order by since limit $2
       ) o cross join lateral (
         select ${COLUMNS} from command.file
         where org = o.org and status in ('accepted', 'processing') and accepted_position is not null and ${BEFORE_VOIDS}
         order by accepted_position limit $3
       ) f order by o.since, f.accepted_position`,
      [busy, organizations, files],
    );
    const byOrg = new Map<OrgId, FileRow[]>();
    for (const row of rows.map(toRow)) byOrg.set(row.org, [...(byOrg.get(row.org) ?? []), row]);
    return [...byOrg.values()];
  }

  /** Whether every file accepted, and every void asked for, up to a position has come to its end. */
  async isSettled(org: string, position: bigint): Promise<boolean> {
    const { rows } = await this.pool.query<{ settled: boolean }>(
      `select not exists (select from command.file where org = $1 and status in ('accepted', 'processing') and accepted_position <= $2)
         and not exists (select from command.file_void where org = $1 and not done and position <= $2) as settled`,
      [org, String(position)],
    );
    return rows[0]!.settled;
  }

  /** An importer begins with files of one organization: rejects of an interrupted run are forgotten. */
  async begin(org: OrgId, fileIds: readonly string[]): Promise<void> {
    await this.pool.query(
      `with gone as (delete from command.file_reject where org = $1 and file_id = any($2))
       update command.file set status = 'processing' where org = $1 and file_id = any($2)`,
      [org, fileIds],
    );
  }

  /** What has become of files of one organization. */
  async ended(org: OrgId, files: readonly { fileId: string; status: FileRowStatus; zipped: boolean }[]): Promise<void> {
    if (files.length === 0) return;
    await this.pool.query(
      `update command.file f set status = e.status, zipped = f.zipped or e.zipped
       from unnest($2::text[], $3::text[], $4::bool[]) as e(file_id, status, zipped) where f.org = $1 and f.file_id = e.file_id`,
      [org, files.map((f) => f.fileId), files.map((f) => f.status), files.map((f) => f.zipped)],
    );
  }

  /** The imported files of an organization, in the order of acceptance. */
  async *imported(org: OrgId): AsyncGenerator<FileRow> {
    for (let after = -1n; ;) {
      const { rows } = await this.pool.query<SqlRow>(
        `select ${COLUMNS} from command.file where org = $1 and status = 'imported' and accepted_position > $2 order by accepted_position limit $3`,
        [org, String(after), PAGE],
      );
      if (rows.length === 0) return;
      yield* rows.map(toRow);
      after = BigInt(rows.at(-1)!.accepted_position!);
    }
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
