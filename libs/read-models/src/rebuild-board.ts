import type { Pool, PoolClient } from 'pg';
import { READ_SCHEMA, query } from './model';
import type { RebuildProgress } from './rebuild';

/** The read model is being rebuilt already, perhaps by another process. */
export class RebuildRunning extends Error {}

/** The last rebuild of a read model, whichever process ran it. */
export interface RebuildState {
  readonly phase: RebuildProgress['phase'] | 'failed';
  readonly version: number;
  readonly eventsHandled: number;
  readonly equal?: boolean;
}

const lockOf = (name: string): string => `quadra/rebuild/${READ_SCHEMA}/${name}`;

/** Where rebuilds are announced: one at a time for each read model, and every process can tell how far it is. */
export class RebuildBoard {
  constructor(private readonly pool: Pool) {}

  async migrate(): Promise<void> {
    await this.pool.query(`create table if not exists ${READ_SCHEMA}.rebuild (
      name text primary key, phase text not null, version int not null, events_handled bigint not null, equal boolean)`);
  }

  /** Takes the right to rebuild on a connection, which it ends with. @throws RebuildRunning */
  async take(client: PoolClient, name: string): Promise<void> {
    const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as mine', [lockOf(name)]);
    if (!rows[0].mine) throw new RebuildRunning(`${name} is being rebuilt already`);
  }

  async note(name: string, { phase, version, eventsHandled, equal }: RebuildState): Promise<void> {
    await this.pool.query(
      `insert into ${READ_SCHEMA}.rebuild (name, phase, version, events_handled, equal) values ($1, $2, $3, $4, $5)
       on conflict (name) do update set phase = $2, version = $3, events_handled = $4, equal = $5`,
      [name, phase, version, eventsHandled, equal ?? null],
    );
  }

  /** By read model. One that nobody is at any more, although it did not end, has failed: its process died. */
  async all(): Promise<Map<string, RebuildState>> {
    const rows = await query<{ name: string; phase: string; version: number; events_handled: string; equal: boolean | null }>(
      this.pool,
      `select name, version, events_handled, equal, case when phase in ('filling', 'comparing')
         and pg_try_advisory_xact_lock(hashtextextended('${lockOf('')}' || name, 0)) then 'failed' else phase end as phase
       from ${READ_SCHEMA}.rebuild`,
    );
    return new Map(
      rows.map(({ name, phase, version, events_handled, equal }) => [
        name,
        { phase: phase as RebuildState['phase'], version, eventsHandled: Number(events_handled), ...(equal !== null && { equal }) },
      ]),
    );
  }
}
