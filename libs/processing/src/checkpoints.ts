import type { ClientBase, Pool } from 'pg';
import type { Skip } from './processor';
import { inTransaction } from './transaction';

export interface Checkpoint {
  /** Everything of the partition up to here is in the processor's tables. */
  readonly position: bigint;
  /** The last position that the processor itself appended; 0 if it never did. */
  readonly lastOutput: bigint;
  /** The same place in the feed's own terms, when the feed said it. */
  readonly cursor?: string;
}

/** A checkpoint as its row holds it. */
export interface StoredCheckpoint extends Checkpoint {
  /** How often the row was moved: also when somebody else wrote it and left it at the same position. */
  readonly moves: bigint;
}

export interface Parked {
  readonly processor: string;
  readonly org: string;
  /** The event that failed: what this organization has from here on is missing. */
  readonly position: bigint;
  readonly error: string;
  readonly since: string;
}

/** Another runner has moved the checkpoint: what this one did is rolled back. */
export class CheckpointMoved extends Error {}

/** The processor is not run in this version, or not over so many partitions, any more: nothing can be written. */
export class CheckpointGone extends Error {}

/** Lets processes that start at the same time take turns; the lock ends with the transaction. */
export const migrating = async (pool: Pool, schema: string, work: (client: ClientBase) => Promise<void>): Promise<void> => {
  await inTransaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`quadra/migrate/${schema}`]);
    await work(tx);
  });
};

/** Tables of the version that had one checkpoint for each processor get the columns of today, and keep their place. */
const widen = (schema: string): string => `
  alter table ${schema}.checkpoint add column partition int not null default 0, add column partitions int not null default 1,
    add column cursor text, add column moves bigint not null default 0, drop constraint checkpoint_pkey,
    add primary key (processor, version, partition);`;

/** Creates the tables of a service's processors in its own schema; several processes may start at once. */
export const migrateProcessing = (pool: Pool, schema: string): Promise<void> =>
  migrating(pool, schema, async (client) => {
    await client.query(`
      create schema if not exists ${schema};
      create table if not exists ${schema}.checkpoint (
        processor text collate "C" not null, version int not null, partition int not null default 0, partitions int not null default 1,
        position bigint not null, cursor text, last_output bigint not null, moves bigint not null default 0,
        updated_at timestamptz not null default now(), primary key (processor, version, partition));
      create table if not exists ${schema}.parked (
        processor text collate "C" not null, version int not null, org text collate "C" not null, position bigint not null,
        error text not null, since timestamptz not null default now(), primary key (processor, version, org));
      create table if not exists ${schema}.parked_skip (
        processor text not null, org text not null, position bigint not null, reason text not null, actor text not null,
        at timestamptz not null default now());
      alter table ${schema}.parked_skip add column if not exists version int not null default 1;`);
    const { rowCount } = await client.query(
      `select from information_schema.columns where table_schema = $1 and table_name = 'checkpoint' and column_name = 'partition'`,
      [schema],
    );
    if (rowCount === 0) await client.query(widen(schema));
  });

interface Row {
  readonly partition: number;
  readonly position: string;
  readonly cursor: string | null;
  readonly last_output: string;
  readonly moves: string;
}

const toCheckpoint = (row: Row): StoredCheckpoint => ({
  position: BigInt(row.position),
  lastOutput: BigInt(row.last_output),
  moves: BigInt(row.moves),
  ...(row.cursor !== null && { cursor: row.cursor }),
});

/** The checkpoints of one processor in one version, a row for each partition, and the organizations parked in it. */
export class Checkpoints {
  constructor(
    private readonly pool: Pool,
    readonly schema: string,
    private readonly processor: string,
    private readonly version: number,
  ) {}

  /**
   * Sees to it that there is a row for each partition. When the feed was divided otherwise before, every partition begins
   * where the last of the former ones stood: what comes again changes nothing.
   */
  async prepare(partitions: number): Promise<void> {
    await migrating(this.pool, `${this.schema}/${this.processor}`, async (tx) => {
      const { rows } = await tx.query<{ as_wanted: boolean; position: string; last_output: string }>(
        `select bool_and(partitions = $3) and count(*) = $3 as as_wanted, max(last_output) as last_output,
           case when count(*) = max(partitions) then min(position) else 0 end as position
         from ${this.schema}.checkpoint where processor = $1 and version = $2 having count(*) > 0`,
        [this.processor, this.version, partitions],
      );
      const before = rows[0];
      if (before?.as_wanted) return;
      await this.drop(tx);
      await tx.query(
        `insert into ${this.schema}.checkpoint (processor, version, partition, partitions, position, last_output)
         select $1, $2, n, $3, $4, $5 from generate_series(0, $3::int - 1) n`,
        [this.processor, this.version, partitions, before?.position ?? 0, before?.last_output ?? 0],
      );
    });
  }

  /** @throws CheckpointGone when the processor is not run like this any more. */
  async load(partition: number, partitions: number): Promise<StoredCheckpoint> {
    const { rows } = await this.pool.query<Row>(
      `select partition, position, cursor, last_output, moves from ${this.schema}.checkpoint
       where processor = $1 and version = $2 and partition = $3 and partitions = $4`,
      [this.processor, this.version, partition, partitions],
    );
    if (!rows[0]) {
      throw new CheckpointGone(`${this.processor} v${this.version} is not run over ${partitions} partition(s) any more`);
    }
    return toCheckpoint(rows[0]);
  }

  /** By partition. */
  all(): Promise<Map<number, StoredCheckpoint>> {
    return this.readAll(this.pool, '');
  }

  /** Holds all rows where they are until the transaction ends: runners wait with their batches. */
  hold(tx: ClientBase): Promise<Map<number, StoredCheckpoint>> {
    return this.readAll(tx, 'order by partition for update');
  }

  /**
   * Compare-and-set on the exact row that was read, in the transaction of the processor's rows.
   * @returns what the row holds now. @throws CheckpointMoved when another runner moved it.
   */
  async move(tx: ClientBase, partition: number, from: StoredCheckpoint, to: Checkpoint): Promise<StoredCheckpoint> {
    const { rowCount } = await tx.query(
      `update ${this.schema}.checkpoint set position = $4, last_output = $5, cursor = $6, moves = moves + 1, updated_at = now()
       where processor = $1 and version = $2 and partition = $3 and position = $7 and moves = $8`,
      [
        this.processor,
        this.version,
        partition,
        String(to.position),
        String(to.lastOutput),
        to.cursor ?? null,
        String(from.position),
        String(from.moves),
      ],
    );
    if (rowCount !== 1) throw new CheckpointMoved(`${this.processor}: another runner has moved the checkpoint from ${from.position}`);
    return { ...to, moves: from.moves + 1n };
  }

  /** Takes the processor out of service: whoever still runs it cannot write any more. */
  async drop(tx: ClientBase): Promise<void> {
    await tx.query(`delete from ${this.schema}.checkpoint where processor = $1 and version = $2`, [this.processor, this.version]);
  }

  private async readAll(client: ClientBase | Pool, suffix: string): Promise<Map<number, StoredCheckpoint>> {
    const { rows } = await client.query<Row>(
      `select partition, position, cursor, last_output, moves from ${this.schema}.checkpoint
       where processor = $1 and version = $2 ${suffix}`,
      [this.processor, this.version],
    );
    return new Map(rows.map((row) => [row.partition, toCheckpoint(row)]));
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

  /** The organization is parked still, at another event. */
  async parkAgain(tx: ClientBase, org: string, position: bigint, error: string): Promise<void> {
    await tx.query(`update ${this.schema}.parked set position = $4, error = $5 where processor = $1 and version = $2 and org = $3`, [
      this.processor,
      this.version,
      org,
      String(position),
      error.slice(0, 2000),
    ]);
  }

  async recordSkip(tx: ClientBase, org: string, position: bigint, { reason, actor }: Skip): Promise<void> {
    await tx.query(
      `insert into ${this.schema}.parked_skip (processor, version, org, position, reason, actor) values ($1, $2, $3, $4, $5, $6)`,
      [this.processor, this.version, org, String(position), reason, actor],
    );
  }

  /** Organizations of which an event was passed over in this version. */
  async skipped(): Promise<string[]> {
    const { rows } = await this.pool.query<{ org: string }>(
      `select distinct org from ${this.schema}.parked_skip where processor = $1 and version = $2`,
      [this.processor, this.version],
    );
    return rows.map((row) => row.org);
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
