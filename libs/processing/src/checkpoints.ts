import type { ClientBase, Pool } from 'pg';

export interface Checkpoint {
  /** Everything up to here is in the processor's tables. */
  readonly position: bigint;
  /** The last position that the processor itself appended; 0 if it never did. */
  readonly lastOutput: bigint;
}

export interface Parked {
  readonly processor: string;
  readonly org: string;
  /** The event that failed: what this organization has from here on is missing. */
  readonly position: bigint;
  readonly error: string;
  readonly since: string;
}

/** Creates the tables of a service's processors in its own schema. */
export const migrateProcessing = async (pool: Pool, schema: string): Promise<void> => {
  await pool.query(`
    create schema if not exists ${schema};
    create table if not exists ${schema}.checkpoint (
      processor text collate "C" not null, version int not null, position bigint not null, last_output bigint not null,
      updated_at timestamptz not null default now(), primary key (processor, version));
    create table if not exists ${schema}.parked (
      processor text collate "C" not null, version int not null, org text collate "C" not null, position bigint not null,
      error text not null, since timestamptz not null default now(), primary key (processor, version, org));
    create table if not exists ${schema}.parked_skip (
      processor text not null, org text not null, position bigint not null, reason text not null, actor text not null,
      at timestamptz not null default now());`);
};

export class Checkpoints {
  constructor(
    private readonly pool: Pool,
    readonly schema: string,
    private readonly processor: string,
    private readonly version: number,
  ) {}

  async load(): Promise<Checkpoint> {
    await this.pool.query(
      `insert into ${this.schema}.checkpoint (processor, version, position, last_output) values ($1, $2, 0, 0) on conflict do nothing`,
      [this.processor, this.version],
    );
    const { rows } = await this.pool.query(
      `select position, last_output from ${this.schema}.checkpoint where processor = $1 and version = $2`,
      [this.processor, this.version],
    );
    return { position: BigInt(rows[0].position), lastOutput: BigInt(rows[0].last_output) };
  }

  /** Compare-and-set on the exact previous position, in the transaction of the rows. @throws when another runner moved it. */
  async move(tx: ClientBase, from: Checkpoint, to: Checkpoint): Promise<void> {
    const { rowCount } = await tx.query(
      `update ${this.schema}.checkpoint set position = $3, last_output = $4, updated_at = now() where processor = $1 and version = $2 and position = $5`,
      [this.processor, this.version, String(to.position), String(to.lastOutput), String(from.position)],
    );
    if (rowCount !== 1) throw new CheckpointMoved(`${this.processor}: another runner has moved the checkpoint from ${from.position}`);
  }

  async park(tx: ClientBase, org: string, position: bigint, error: string): Promise<void> {
    await tx.query(
      `insert into ${this.schema}.parked (processor, version, org, position, error) values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [this.processor, this.version, org, String(position), error.slice(0, 2000)],
    );
  }

  async unpark(tx: ClientBase, org: string): Promise<void> {
    await tx.query(`delete from ${this.schema}.parked where processor = $1 and version = $2 and org = $3`, [
      this.processor,
      this.version,
      org,
    ]);
  }

  async parked(): Promise<Parked[]> {
    const { rows } = await this.pool.query(
      `select org, position, error, since from ${this.schema}.parked where processor = $1 and version = $2 order by since`,
      [this.processor, this.version],
    );
    return rows.map((r) => ({
      processor: this.processor,
      org: r.org,
      position: BigInt(r.position),
      error: r.error,
      since: r.since.toISOString(),
    }));
  }
}

export class CheckpointMoved extends Error {}
