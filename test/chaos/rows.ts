import type { Pool } from 'pg';
import { comparedTables } from '@quadra/read-models';
import { READ_MODELS } from '../../apps/projection/src/projection';

/** The business columns of every row of every read model, as text, sorted: equal facts, equal lines. */
export const rowsOf = async (pool: Pool): Promise<string[]> => {
  const all: string[] = [];
  for (const factory of READ_MODELS) {
    for (const { name, columns } of comparedTables(factory(1))) {
      const { rows } = await pool.query(
        `select concat_ws('|', ${columns.map((c) => `coalesce(${c}::text, '~')`).join(', ')}) as row from read.${name}`,
      );
      all.push(...rows.map((r: { row: string }) => `${name}|${r.row}`));
    }
  }
  return all.sort();
};

/** By type of public event: what of its data tells where the subject stands, whatever happened on the way there. */
const STANDING = `case type
  when 'it.quadra.payment.received.v1' then data::json ->> 'state'
  when 'it.quadra.transfer.state-changed.v1' then data::json ->> 'to'
  when 'it.quadra.flow.funding-changed.v1' then concat_ws('|', data::json ->> 'allocatedCents', data::json ->> 'residualCents', data::json ->> 'state')
  when 'it.quadra.credit.explained.v1' then concat_ws('|', data::json ->> 'allocatedCents', data::json ->> 'residualCents', data::json ->> 'bookable')
end`;

/**
 * Where every transfer, flow and credit stands by the public event that told of it last, sorted; what stands as if nothing had been
 * told is left out. How it came there depends on what came first, where it stands does not.
 */
export const toldOf = async (pool: Pool): Promise<string[]> => {
  const { rows } = await pool.query(
    `select distinct on (subject) concat_ws('|', org, subject, standing) as row, standing
     from (select org, subject, seq, ${STANDING} as standing, type from public_events.outbox) told
     where type in ('it.quadra.payment.received.v1', 'it.quadra.transfer.state-changed.v1', 'it.quadra.flow.funding-changed.v1', 'it.quadra.credit.explained.v1')
     order by subject, seq desc`,
  );
  const told = rows as { row: string; standing: string | null }[];
  return told
    .filter(({ standing }) => standing !== null && !standing.startsWith('0|'))
    .map(({ row }) => row)
    .sort();
};
