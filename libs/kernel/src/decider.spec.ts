import { assert, isRejection, never } from './decider';
import { shortDigest } from './hash';

describe('the answer of a decider', () => {
  it('is a refusal only when it says so', () => {
    expect(isRejection({ rejected: 'X', because: 'of that' })).toBe(true);
    for (const outcome of [[], [{ type: 'A' }], null, undefined, 'rejected', {}]) expect(isRejection(outcome)).toBe(false);
  });
});

describe('a bug', () => {
  it('stops with a message', () => {
    expect(() => assert(false, 'two and two')).toThrow('Assertion failed: two and two');
    expect(() => assert(true, 'fine')).not.toThrow();
    expect(() => never('new' as never)).toThrow('Unhandled case: "new"');
  });
});

describe('a digest', () => {
  it('tells contents apart that differ in one character, and has one form', () => {
    const digests = Array.from({ length: 5_000 }, (_, i) => shortDigest(`allocation ${i}`));
    expect(new Set(digests).size).toBe(5_000);
    for (const digest of digests.slice(0, 50)) expect(digest).toMatch(/^[0-9a-z]{11}$/);
    expect(shortDigest('allocation 1')).toBe(digests[1]);
  });
});
