import { NO_STREAM } from '../../port';
import { headsToLookUp, planBatch } from './plan';

const append = (stream: string, expected: number, count = 1) => ({ stream, expected, count });

describe('planning a batch of appends', () => {
  it('lets an append see the earlier ones of its batch', () => {
    const batch = [append('a-1', 4, 2), append('a-1', 6), append('a-1', 6), append('a-1', 9)];
    const plan = planBatch(batch, new Map([['a-1', 4]]));
    expect(plan).toEqual({ accepted: [batch[0], batch[1]], overtaken: [batch[2]], impossible: [batch[3]] });
  });

  it('takes an unknown stream to be new, and refuses to guess where another revision is expected', () => {
    const batch = [append('a-1', NO_STREAM), append('a-1', 0)];
    expect(planBatch(batch, new Map()).accepted).toEqual(batch);
    expect(() => planBatch([append('b-1', 3)], new Map())).toThrow('was not looked up');
  });

  it('looks up only unknown streams, once each, and new ones only while they are not trusted', () => {
    const batch = [append('a-1', 0), append('a-1', 1), append('b-1', NO_STREAM), append('c-1', 5)];
    const heads = new Map([['c-1', 5]]);
    expect([...headsToLookUp(batch, heads, true)]).toEqual(['a-1']);
    expect([...headsToLookUp(batch, heads, false)]).toEqual(['a-1', 'b-1']);
  });
});
