import type { EventStore } from '@quadra/event-store';
import type { Pool } from 'pg';
import { Cursor } from '../integrity';
import { inDurableTransaction } from './course';
import { linesIn } from './lines';
import type { Manifest } from './manifest';
import { fillTables, tableExists } from './tables';

const MARKS = 'public_events.mark';
const WEBHOOKS = 'public_events.webhook';

/**
 * The marks say up to which position the public was told: they are put where the same events stand in the new store. They are taken
 * from the backup anew, so doing it again does not translate twice.
 */
export const placeMarks = async (pool: Pool, store: EventStore, folder: string, manifest: Manifest): Promise<void> => {
  const part = manifest.tables.find(({ table }) => table === MARKS);
  if (!part || part.pieces.length === 0) return;
  await inDurableTransaction(pool, async (tx) => {
    await fillTables(tx, folder, [part], () => undefined);
    const { rows } = await tx.query<{ position: string }>(`select distinct position from ${MARKS} order by position`);
    const olds = rows.map((r) => BigInt(r.position));
    const news = await translated(store, folder, manifest, olds);
    await tx.query(
      `update ${MARKS} m set position = t.new from unnest($1::bigint[], $2::bigint[]) as t(old, new) where m.position = t.old`,
      [olds.map(String), news.map(String)],
    );
  });
};

/** For each old position, ascending, the new one of the last event at or below it; 0 where there is none. */
const translated = async (store: EventStore, folder: string, { log }: Manifest, olds: readonly bigint[]): Promise<bigint[]> => {
  const events = new Cursor(store, { after: 0n, upTo: await store.head() });
  const news: bigint[] = [];
  let last = 0n;
  try {
    for (const piece of log) {
      const lines = await linesIn(folder, piece);
      const moved = await events.take(lines.length);
      lines.forEach((line, i) => {
        while (news.length < olds.length && olds[news.length]! < BigInt(line.position)) news.push(last);
        last = moved[i]!.position;
      });
      if (news.length === olds.length) break;
    }
  } finally {
    await events.close();
  }
  return olds.map((_, i) => news[i] ?? last);
};

/** A restored instance may be a rehearsal: nobody outside hears from it until somebody says so. */
export const suspendWebhooks = async (pool: Pool): Promise<void> => {
  if (!(await tableExists(pool, WEBHOOKS))) return;
  await pool.query(`update ${WEBHOOKS} set status = 'suspended', reason = $1 where status = 'active'`, [
    'The instance was restored from a backup: take it up again once the first instance is stopped',
  ]);
};
