import { writeSideConsistency } from './write-side';

describe('a service that answers from what is recorded', () => {
  it('waits for a position that is still to come, and for what it makes of it itself', async () => {
    let [head, looks] = [1n, 0];
    const consistency = writeSideConsistency({ head: () => Promise.resolve(head) }, () => Promise.resolve(++looks > 2));
    setTimeout(() => (head = 5n), 60);
    expect(await consistency.waitFor('99001000001', '5', 5_000)).toBe(true);
    expect(looks).toBe(3);
    expect([await consistency.position(undefined), await consistency.isStale('99001000001')]).toEqual(['5', false]);
  });

  it('says so when the time passed first', async () => {
    const consistency = writeSideConsistency({ head: () => Promise.resolve(1n) });
    expect(await consistency.waitFor(undefined, '2', 80)).toBe(false);
    expect(await consistency.waitFor(undefined, '1', 0)).toBe(true);
  });
});
