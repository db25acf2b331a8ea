import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import type { DigestedEvent } from './chain';
import { NO_SEALS, evolveSeals, sealBlock } from './chain';
import { checkBlock } from './check';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const event = (n: number, says = `fact ${n}`): DigestedEvent => ({
  stream: `payment-80012345678_${n % 7}`,
  revision: Math.floor(n / 7),
  id: `event-${n}`,
  digest: sha256(`${n} ${says}`),
});
const events = (count: number, from = 0): DigestedEvent[] => Array.from({ length: count }, (_, i) => event(from + i));

/** A chain of blocks over the first events. */
const chainOf = (...blocks: DigestedEvent[][]) => {
  let chain = NO_SEALS;
  return blocks.map((block) => {
    const before = chain;
    const seal = sealBlock(before, block, sha256);
    chain = evolveSeals(chain, seal);
    return { before, seal: seal.data };
  });
};

const without = <T>(list: readonly T[], at: number): T[] => [...list.slice(0, at), ...list.slice(at + 1)];
const swapped = <T>(list: readonly T[], a: number, b: number): T[] => list.map((x, i) => (i === a ? list[b]! : i === b ? list[a]! : x));

describe('a block of seals', () => {
  const size = fc.integer({ min: 1, max: 40 });

  it('is green for the events that it seals, whatever follows them', () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [first, second] = chainOf(events(a), events(b, a));
        expect(checkBlock(first!.before, first!.seal, { events: events(a + b), later: second!.seal.marks }, sha256)).toBeUndefined();
        expect(checkBlock(second!.before, second!.seal, { events: events(b, a) }, sha256)).toBeUndefined();
      }),
    );
  });

  it('counts the chain on: blocks from 1, and the events sealed so far', () => {
    const [, second] = chainOf(events(3), events(2, 3));
    expect(evolveSeals(second!.before, { type: 'BlockSealed', data: second!.seal })).toMatchObject({ revision: 1, block: 2, sealed: 5 });
    expect(evolveSeals(second!.before, { type: 'OfTheFuture', data: {} })).toMatchObject({ revision: 1, block: 1, sealed: 3 });
  });

  it('names the event that says something else', () => {
    fc.assert(
      fc.property(size, fc.nat(), (count, n) => {
        const at = n % count;
        const [block] = chainOf(events(count));
        const now = events(count).map((e, i) => (i === at ? event(i, 'something else') : e));
        expect(checkBlock(block!.before, block!.seal, { events: now }, sha256)).toMatchObject({
          kind: 'changed',
          event: { id: `event-${at}` },
        });
      }),
    );
  });

  it('names the place from which an event is gone, in the middle, at the end of its block and at the end of the store', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.boolean(), (count, n, hasMore) => {
        const at = n % count;
        const [block, next] = chainOf(events(count), events(3, count));
        const left = without(events(hasMore ? count + 3 : count), at).slice(0, count);
        const found = checkBlock(block!.before, block!.seal, { events: left, ...(hasMore && { later: next!.seal.marks }) }, sha256);
        expect(found).toMatchObject({ kind: 'missing', ...(at > 0 && { after: { id: `event-${at - 1}` } }) });
        expect(found).toMatchObject(at + 1 < count || hasMore ? { before: { id: `event-${at + 1}` } } : {});
      }),
    );
  });

  it('names the first of two events that changed places, and an event that was put in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (count, n, m) => {
        const [a, b] = [n % count, m % count].sort((x, y) => x - y) as [number, number];
        const [block] = chainOf(events(count));
        const put = [...events(count).slice(0, a), event(999), ...events(count).slice(a)];
        if (a < count - 1) {
          expect(checkBlock(block!.before, block!.seal, { events: put }, sha256)).toMatchObject({
            kind: 'added',
            event: { id: 'event-999' },
          });
        }
        if (a === b) return;
        const found = checkBlock(block!.before, block!.seal, { events: swapped(events(count), a, b) }, sha256);
        expect(found).toMatchObject({ kind: 'moved', event: { id: `event-${b}` } });
      }),
    );
  });

  it('is itself protected: nothing in a seal can be rewritten, and none can be left out or taken from another chain', () => {
    const [first, second, third] = chainOf(events(4), events(4, 4), events(4, 8));
    const covered = { events: events(4, 4) };
    const other = sha256('other');
    for (const change of [
      { block: 3 },
      { count: 3 },
      { count: 3, marks: second!.seal.marks.slice(0, 36) },
      { previousRoot: other },
      { root: other },
      { firstEventId: 'x' },
      { lastEventId: 'x' },
      { marks: '' },
    ]) {
      expect(checkBlock(second!.before, { ...second!.seal, ...change }, covered, sha256)).toEqual({ kind: 'seal' });
    }
    expect(checkBlock(second!.before, third!.seal, { events: events(4, 8) }, sha256)).toEqual({ kind: 'seal' });
    // An event and its mark changed together: the root tells.
    const forged = [...events(3, 4), event(7, 'forged')];
    const marks = sealBlock(second!.before, forged, sha256).data.marks;
    expect(checkBlock(second!.before, { ...second!.seal, marks }, { events: forged }, sha256)).toEqual({ kind: 'seal' });
    // A whole block forged: it no longer leads to the next one.
    const chain = evolveSeals(first!.before, {
      type: 'BlockSealed',
      data: sealBlock(first!.before, [event(0, 'forged'), ...events(3, 1)], sha256).data,
    });
    expect(checkBlock(chain, second!.seal, covered, sha256)).toEqual({ kind: 'seal' });
  });

  it('holds at least one event and at most a thousand', () => {
    expect(() => sealBlock(NO_SEALS, [], sha256)).toThrow('1 to 1000');
    expect(() => sealBlock(NO_SEALS, events(1_001), sha256)).toThrow('1 to 1000');
  });
});
