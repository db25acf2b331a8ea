import type { Pool } from 'pg';
import { PUBLIC_EVENTS_SCHEMA as S } from '@quadra/read-models';

/** Where readers of the house stand in the order of public events. */
export class Cursors {
  constructor(private readonly pool: Pool) {}

  async migrate(): Promise<void> {
    await this.pool.query(`create table if not exists ${S}.cursor (name text collate "C" primary key, seq bigint not null)`);
  }

  async load(name: string): Promise<bigint> {
    const { rows } = await this.pool.query(`select seq from ${S}.cursor where name = $1`, [name]);
    return BigInt((rows[0] as { seq: string } | undefined)?.seq ?? 0);
  }

  async store(name: string, seq: bigint): Promise<void> {
    await this.pool.query(`insert into ${S}.cursor (name, seq) values ($1, $2) on conflict (name) do update set seq = excluded.seq`, [
      name,
      String(seq),
    ]);
  }
}
