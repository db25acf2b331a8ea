import type { Pool } from 'pg';
import { READ_MODELS } from '../../apps/projection/src/projection';

/** The business columns of every row of every read model, as text, sorted: equal facts, equal lines. */
export const rowsOf = async (pool: Pool): Promise<string[]> => {
  const all: string[] = [];
  for (const factory of READ_MODELS) {
    for (const { name, columns } of factory(1).tables) {
      const { rows } = await pool.query(
        `select concat_ws('|', ${columns.map((c) => `coalesce(${c}::text, '~')`).join(', ')}) as row from read.${name}`,
      );
      all.push(...rows.map((r: { row: string }) => `${name}|${r.row}`));
    }
  }
  return all.sort();
};
