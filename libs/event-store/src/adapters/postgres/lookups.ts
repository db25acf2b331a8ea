import { type ClientBase } from 'pg';
import { type Waiting } from './append-queue';
import { idsOf } from './rows';

/** The heads of many streams by one statement, an index look-up each; absent streams are absent. */
export const lookUpHeads = async (db: ClientBase, schema: string, streams: Iterable<string>): Promise<Map<string, number>> => {
  const { rows } = await db.query<[string, number]>({
    rowMode: 'array',
    text: `select s, h.revision from unnest($1::text[]) s
      cross join lateral (select revision from ${schema}.event where stream = s order by revision desc limit 1) h`,
    values: [[...streams]],
  });
  return new Map(rows);
};

/**
 * For appends whose place is taken: the position of their last event when exactly their events stand there (the same append once
 * more), else undefined. One statement for all.
 */
export const lookUpRepeats = async (db: ClientBase, schema: string, overtaken: readonly Waiting[]): Promise<(bigint | undefined)[]> => {
  const owners = overtaken.flatMap((waiting, owner) => Array<number>(waiting.count).fill(owner));
  const { rows } = await db.query<[number, string, string]>({
    rowMode: 'array',
    text: `select n::int, e.id, e.position from unnest($1::text[], $2::int[]) with ordinality as q(s, r, n)
      cross join lateral (select id, position from ${schema}.event where stream = s and revision = r limit 1) e order by n`,
    values: [owners.map((owner) => overtaken[owner]!.stream), overtaken.flatMap((w) => w.rows.ends.map((_, i) => w.expected + 1 + i))],
  });
  const ids = overtaken.flatMap((waiting) => idsOf(waiting.rows));
  const equal = overtaken.map(() => 0);
  const positions: (bigint | undefined)[] = overtaken.map(() => undefined);
  for (const [n, id, position] of rows) {
    const owner = owners[n - 1]!;
    if (ids[n - 1] === id) equal[owner]!++;
    positions[owner] = BigInt(position);
  }
  return positions.map((position, owner) => (equal[owner] === overtaken[owner]!.count ? position : undefined));
};
