import { Gate } from './gate';

describe('the gate before the server', () => {
  it('lets a bounded number through, in the order of arrival', async () => {
    const gate = new Gate(2, 1_000);
    const through: number[] = [];
    const enter = async (n: number, size = 1): Promise<void> => {
      await gate.enter(size);
      through.push(n);
    };
    const all = [1, 2, 3, 4].map((n) => enter(n));
    await Promise.all(all.slice(0, 2));
    expect(through).toEqual([1, 2]);
    gate.leave(1);
    await all[2];
    expect(through).toEqual([1, 2, 3]);
    gate.leave(1);
    await all[3];
    expect(through).toEqual([1, 2, 3, 4]);
  });

  it('bounds the size too, and lets one through that is larger than all it allows', async () => {
    const gate = new Gate(10, 100);
    expect(gate.enter(500)).toBeUndefined();
    let second = false;
    const waiting = Promise.resolve(gate.enter(1)).then(() => (second = true));
    await Promise.resolve();
    expect(second).toBe(false);
    gate.leave(500);
    await waiting;
    expect(gate.enter(100)).toBeInstanceOf(Promise);
  });
});
