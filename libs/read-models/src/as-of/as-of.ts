import type { ClientBase, Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import { toOrg } from '@quadra/kernel';
import { COVERAGE_TABLE } from '../coverage/projection';
import { CREDIT_TABLE } from '../credits/projection';
import { FILE_TABLE } from '../files/projection';
import { FLOW_TABLE } from '../flows/projection';
import type { ModelTable } from '../model';
import { READ_SCHEMA, query, tableName } from '../model';
import { TRANSFER_TABLE } from '../payments/rows';
import type { Source } from '../queries/source';
import { present } from '../queries/source';
import type { Fill } from './changed';
import * as changed from './changed';
import { Turns } from './turns';

const MODELS: Readonly<Record<'payments' | 'flows' | 'credits' | 'files' | 'coverage', { table: ModelTable; fill: Fill }>> = {
  payments: { table: TRANSFER_TABLE, fill: changed.payments },
  flows: { table: FLOW_TABLE, fill: changed.flows },
  credits: { table: CREDIT_TABLE, fill: changed.credits },
  files: { table: FILE_TABLE, fill: changed.files },
  coverage: { table: COVERAGE_TABLE, fill: changed.coverage },
};

export type ModelName = keyof typeof MODELS;

/** The read models have not come as far as what was asked for. */
export class NotReached extends Error {
  constructor(readonly position: bigint) {
    super(`the read models have not reached position ${position} yet`);
  }
}

/** Looks back that run at once: each holds a connection for as long as it takes. */
const AT_ONCE = 2;
const PATIENCE_MS = 10_000;
const POLL_MS = 50;

/** How far all of the named read models have come, in every part. */
const reachedBy = async (client: ClientBase | Pool, models: readonly ModelName[]): Promise<bigint> => {
  const [row] = await query<{ position: string | null }>(
    client,
    `select min(c.position)::text as position from ${READ_SCHEMA}.checkpoint c join ${READ_SCHEMA}.model m on m.name = c.processor and m.live = c.version
     where m.name = any($1)`,
    [models],
  );
  return BigInt(row?.position ?? 0);
};

/**
 * The read models as they stood at a position. A row that has not changed since stands in the tables as it was; one that has
 * is folded from its stream again, up to the position. So a look back costs one pass over the organization's rows, and the
 * streams of what was known then and has changed since; its tables live as long as the question.
 */
export class AsOf {
  private readonly turns = new Turns(AT_ONCE);

  constructor(
    private readonly pool: Pool,
    private readonly store: EventStore,
  ) {}

  /** @throws NotReached when the read models stay behind the position. */
  async at<T>(org: string, position: bigint, models: readonly ModelName[], work: (source: Source) => Promise<T>): Promise<T> {
    await this.reached(position, models);
    return this.turns.run(() =>
      this.inSnapshot(async (client) => {
        for (const model of models) await this.build(client, org, position, model);
        return work({ client, schema: 'pg_temp' });
      }),
    );
  }

  /** Several queries on one state of the present. `position`: everything up to it is in there. */
  now<T>(models: readonly ModelName[], work: (source: Source, position: bigint) => Promise<T>): Promise<T> {
    return this.inSnapshot(async (client) => work(present(client), await reachedBy(client, models)));
  }

  private async reached(position: bigint, models: readonly ModelName[]): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; (await reachedBy(this.pool, models)) < position;) {
      if (Date.now() >= end) throw new NotReached(position);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private async build(client: ClientBase, org: string, position: bigint, model: ModelName): Promise<void> {
    const { table, fill } = MODELS[model];
    const [live] = await query<{ live: number }>(client, `select live from ${READ_SCHEMA}.model where name = $1`, [model]);
    const rows = tableName(table.name, live!.live);
    const others = `pg_temp.changed_${table.name}`;
    await client.query(`create temp table changed_${table.name} on commit drop as select * from ${rows} with no data`);
    const found = await fill({ client, store: this.store, org: toOrg(org), position, table: rows, changed: others });
    // A fiscal code has digits only, and a position is a number: neither can be anything else inside the statement.
    const unchanged = found === 'all' ? 'false' : `org = '${toOrg(org)}' and position <= ${position}`;
    await client.query(
      `create temp view ${table.name} as select * from (
         select * from ${rows} where ${unchanged} union all select * from ${others}) t
       where ${table.hidden === undefined ? 'true' : `not (${table.hidden})`}`,
    );
  }

  /** What is made in it ends with it. */
  private async inSnapshot<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query('begin isolation level repeatable read');
      return await work(client);
    } finally {
      await client.query('rollback').catch(() => undefined);
      client.release();
    }
  }
}
