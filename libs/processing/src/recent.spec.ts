import fc from 'fast-check';
import { Recent } from './recent';

describe('what a processor has just written', () => {
  it('is at hand for the next batch: at least half of the capacity, never more than all of it', () =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.array(fc.nat(60), { maxLength: 300 }), (capacity, keys) => {
        const recent = new Recent<number>(capacity);
        keys.forEach((key, i) => recent.set(`k${key}`, i));
        const kept = Array.from({ length: 61 }, (_, key) => recent.get(`k${key}`)).filter((v) => v !== undefined);
        expect(kept.length).toBeLessThanOrEqual(capacity);
        const latest = [...new Map(keys.map((key, i) => [key, i])).entries()].sort((a, b) => b[1] - a[1]);
        for (const [key, i] of latest.slice(0, Math.floor(capacity / 2))) expect(recent.get(`k${key}`)).toBe(i);
      }),
    ));

  it('is counted by its weight where it has one', () => {
    const recent = new Recent<string>(10);
    recent.set('heavy', 'a', 5);
    recent.set('b', 'b');
    expect(recent.get('heavy')).toBe('a');
    recent.set('heavy too', 'c', 5);
    expect([recent.get('heavy'), recent.get('b'), recent.get('heavy too')]).toEqual([undefined, 'b', 'c']);
  });

  it('is forgotten when the batch was rolled back', () => {
    const recent = new Recent<string>(10);
    recent.set('a', 'a');
    recent.clear();
    expect(recent.get('a')).toBeUndefined();
  });
});
