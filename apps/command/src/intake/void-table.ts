import type { OrgId } from '@quadra/kernel';
import type { Pool } from 'pg';

/** A file that was taken back, in the queue of the importer. */
export interface OpenVoid {
  readonly org: OrgId;
  readonly fileId: string;
  readonly reason: string;
  readonly actor: string;
  readonly correlationId: string;
}

interface SqlRow {
  readonly org: OrgId;
  readonly file_id: string;
  readonly reason: string;
  readonly actor: string;
  readonly correlation_id: string;
}

const COLUMNS = 'v.org, v.file_id, v.reason, v.actor, v.correlation_id';

const toVoid = (r: SqlRow): OpenVoid => ({
  org: r.org,
  fileId: r.file_id,
  reason: r.reason,
  actor: r.actor,
  correlationId: r.correlation_id,
});

export const VOID_TABLE = `
create table if not exists command.file_void (
  org text collate "C" not null,
  file_id text collate "C" not null,
  reason text not null,
  actor text not null,
  correlation_id text not null,
  position bigint,
  done boolean not null default false,
  primary key (org, file_id)
);
create index if not exists file_void_open on command.file_void (org, position) where not done;
`;

/** The files that were taken back and are to be worked off. The stream of a file decides; the row queues it. */
export class VoidTable {
  constructor(private readonly pool: Pool) {}

  /** Before the event, so that no void is ever forgotten; a row of an attempt that came to nothing is replaced. */
  async announce({ org, fileId, reason, actor, correlationId }: OpenVoid): Promise<void> {
    await this.pool.query(
      `insert into command.file_void (org, file_id, reason, actor, correlation_id) values ($1, $2, $3, $4, $5)
       on conflict (org, file_id) do update set reason = excluded.reason, actor = excluded.actor, correlation_id = excluded.correlation_id
       where file_void.position is null`,
      [org, fileId, reason, actor, correlationId],
    );
  }

  /** The event stands at a position: the void takes its place among the files of the organization. */
  async recorded(org: OrgId, fileId: string, position: bigint): Promise<void> {
    await this.pool.query(`update command.file_void set position = $3 where org = $1 and file_id = $2 and position is null`, [
      org,
      fileId,
      String(position),
    ]);
  }

  async done(org: OrgId, fileId: string): Promise<void> {
    await this.pool.query('update command.file_void set done = true where org = $1 and file_id = $2', [org, fileId]);
  }

  /** Nothing was taken back: the file is not what was believed. */
  async forget(org: OrgId, fileId: string): Promise<void> {
    await this.pool.query('delete from command.file_void where org = $1 and file_id = $2', [org, fileId]);
  }

  /** Rows whose event may or may not stand: a process ended in between. */
  async unsettled(): Promise<OpenVoid[]> {
    const { rows } = await this.pool.query<SqlRow>(`select ${COLUMNS} from command.file_void v where position is null`);
    return rows.map(toVoid);
  }

  /** The first void of each organization that is not busy and has no earlier file waiting, oldest first. */
  async waiting(busy: readonly string[], organizations: number): Promise<OpenVoid[]> {
    const { rows } = await this.pool.query<SqlRow>(
      `select * from (
         select distinct on (v.org) ${COLUMNS}, v.position from command.file_void v
         where not v.done and v.position is not null and v.org <> all($1) and not exists (
           select from command.file f where f.org = v.org and f.status in ('accepted', 'processing') and f.accepted_position < v.position)
         order by v.org, v.position
       ) as v order by v.position limit $2`,
      [busy, organizations],
    );
    return rows.map(toVoid);
  }
}
