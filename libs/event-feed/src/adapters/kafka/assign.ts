import type { GroupMember } from './client';

/** Who keeps how many: the same number each, one more for those who hold most, so that little moves. */
const quotas = (partitions: number, members: readonly GroupMember[]): Map<string, number> => {
  const least = Math.floor(partitions / members.length);
  const byHeld = [...members].sort((a, b) => b.held.length - a.held.length || (a.id < b.id ? -1 : 1));
  return new Map(byHeld.map(({ id }, index) => [id, least + (index < partitions % members.length ? 1 : 0)]));
};

/** The only holder of each partition that is held; `undefined` where several hold it. */
const holders = (members: readonly GroupMember[]): Map<number, string | undefined> => {
  const found = new Map<number, string | undefined>();
  for (const { id, held } of members) for (const p of held) found.set(p, found.has(p) ? undefined : id);
  return found;
};

/**
 * Shares partitions among the members of a group, in steps: a member keeps what it holds up to its share, and a partition that
 * somebody still works on goes to nobody else. Who has more than its share lets go, joins again, and then it is free. So no two
 * members ever work on one partition, and those that stay where they are never stop.
 */
export const assign = (partitions: number, members: readonly GroupMember[]): Map<string, number[]> => {
  const quota = quotas(partitions, members);
  const held = holders(members);
  const assignment = new Map<string, number[]>(members.map(({ id }) => [id, []]));
  const give = (id: string, partition: number): boolean => {
    const own = assignment.get(id)!;
    if (own.length >= quota.get(id)!) return false;
    own.push(partition);
    return true;
  };
  for (let p = 0; p < partitions; p++) {
    const holder = held.get(p);
    if (holder !== undefined) give(holder, p);
  }
  const order = [...quota.keys()];
  for (let p = 0; p < partitions; p++) if (!held.has(p)) order.some((id) => give(id, p));
  return assignment;
};
