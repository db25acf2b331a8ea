import fc from 'fast-check';
import { assign } from './assign';
import type { GroupMember } from './client';

const PARTITIONS = 24;

/** Members that hold some partitions; now and then two hold the same, as after a process that was suspended. */
const members = fc
  .array(fc.uniqueArray(fc.nat(PARTITIONS - 1), { maxLength: PARTITIONS }), { minLength: 1, maxLength: 9 })
  .map((held) => held.map((own, n): GroupMember => ({ id: `m${n}`, held: own })));

/** What everybody holds once they have let go of what they were not given and have begun what they were. */
const settled = (assignment: ReadonlyMap<string, readonly number[]>): GroupMember[] => [...assignment].map(([id, held]) => ({ id, held }));

describe('partitions shared in a group', () => {
  it('never give anybody what another still works on, nor one to two', () =>
    fc.assert(
      fc.property(members, (group) => {
        const given = new Map<number, string>();
        for (const [id, own] of assign(PARTITIONS, group)) {
          for (const partition of own) {
            expect(given.has(partition)).toBe(false);
            given.set(partition, id);
            expect(group.filter((m) => m.id !== id && m.held.includes(partition))).toEqual([]);
          }
        }
      }),
    ));

  it('are all worked on, in equal shares, when those who had too much have let go', () =>
    fc.assert(
      fc.property(members, (group) => {
        const last = assign(PARTITIONS, settled(assign(PARTITIONS, settled(assign(PARTITIONS, group)))));
        const sizes = [...last.values()].map((own) => own.length);
        expect([...last.values()].flat().sort((a, b) => a - b)).toEqual(Array.from({ length: PARTITIONS }, (_, p) => p));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    ));

  it('do not move when the group has settled', () =>
    fc.assert(
      fc.property(members, (group) => {
        const first = assign(PARTITIONS, settled(assign(PARTITIONS, settled(assign(PARTITIONS, group)))));
        const again = assign(PARTITIONS, settled(first));
        for (const [id, own] of first) expect([...again.get(id)!].sort()).toEqual([...own].sort());
      }),
    ));

  it('leave their member only where another one is short', () => {
    const group = [
      { id: 'old', held: [0, 1, 2, 3, 4, 5] },
      { id: 'new', held: [] },
    ];
    expect(assign(6, group)).toEqual(new Map([['old', [0, 1, 2]], ['new', []]])); // prettier-ignore
    expect(assign(6, [{ id: 'old', held: [0, 1, 2] }, group[1]!]).get('new')).toEqual([3, 4, 5]);
  });
});
