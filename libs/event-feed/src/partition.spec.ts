import { partitionOf } from './partition';

describe('the part of a stream', () => {
  it('is the same for all streams of an organization', () => {
    const streams = ['payment-80012345678_301', 'credit-80012345678_x', 'ruleSet-80012345678', 'reconciliation-80012345678'];
    expect(new Set(streams.map((s) => partitionOf(s, 24))).size).toBe(1);
  });

  it('stays what it was: topics and places were written with it', () => {
    const streams = ['payment-80012345678_301', 'organization-00000000001', 'organization-99999999999', 'seal-all'];
    expect(streams.map((s) => partitionOf(s, 24))).toEqual([11, 1, 20, 7]);
  });

  it('differs among organizations, so that the parts are about equal', () => {
    const counts = Array.from({ length: 24 }, () => 0);
    for (let n = 0; n < 24_000; n++) counts[partitionOf(`payment-${80_000_000_000 + n * 7}_1`, 24)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });
});
