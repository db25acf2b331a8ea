import type { Pool } from 'pg';
import type { BlockSealed, SealChain } from '@quadra/domain';
import { NO_SEALS, SEAL_STREAM, evolveSeals } from '@quadra/domain';
import type { EventStore } from '@quadra/event-store';
import { categoryOf } from '@quadra/kernel';
import { Cursor } from './cursor';
import { isSealed } from './digest';

/** The end of the chain, and the position of the last event that it seals. */
export interface SealPlace {
  readonly chain: SealChain;
  readonly position: bigint;
}

const TABLE = `
create schema if not exists command;
create table if not exists command.sealer (
  one boolean primary key default true check (one),
  revision int not null,
  block int not null,
  root text collate "C" not null,
  sealed bigint not null,
  position bigint not null
)`;

/** Creates the sealer's table where it is missing; several instances may start at once. */
export const migrateSealer = async (pool: Pool): Promise<void> => {
  await pool.query(`select pg_advisory_xact_lock(hashtextextended('quadra/migrate/sealer', 0)); ${TABLE}`);
};

/** What the sealer noted last; undefined before the first block: no chain contains that root. The chain itself stands in the store. */
export const notedPlace = async (pool: Pool): Promise<SealPlace | undefined> => {
  const { rows } = await pool.query('select revision, block, root, sealed, position from command.sealer where block > 0');
  if (!rows[0]) return undefined;
  const { revision, block, root, sealed, position } = rows[0];
  return { chain: { revision, block, root, sealed: Number(sealed) }, position: BigInt(position) };
};

export const notePlace = async (pool: Pool, { chain, position }: SealPlace): Promise<void> => {
  await pool.query(
    `insert into command.sealer (revision, block, root, sealed, position) values ($1, $2, $3, $4, $5)
     on conflict (one) do update set revision = excluded.revision, block = excluded.block, root = excluded.root,
       sealed = excluded.sealed, position = excluded.position`,
    [chain.revision, chain.block, chain.root, chain.sealed, String(position)],
  );
};

/**
 * Where the chain in the store ends: from the place that was noted on, past the blocks that somebody else sealed, or that were
 * sealed just before a crash. After a restore nothing is noted, and all blocks are walked over.
 */
export const findPlace = async (store: EventStore, noted: SealPlace = { chain: NO_SEALS, position: 0n }): Promise<SealPlace> => {
  const upTo = await store.head();
  const after = noted.position;
  const seals = new Cursor(store, { after, upTo, categories: [categoryOf(SEAL_STREAM)] });
  const events = new Cursor(store, { after, upTo }, isSealed);
  let { chain, position } = noted;
  try {
    for (;;) {
      const [seal] = await seals.take(1);
      if (!seal) return { chain, position };
      if (seal.revision <= chain.revision) continue;
      chain = evolveSeals(chain, seal);
      const covered = seal.type === 'BlockSealed' ? await events.take((seal.data as BlockSealed['data']).count) : [];
      position = covered[covered.length - 1]?.position ?? position;
    }
  } finally {
    await Promise.all([seals.close(), events.close()]);
  }
};
