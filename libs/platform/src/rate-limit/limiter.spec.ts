import { RateLimiter } from './limiter';

describe('the rate limit', () => {
  it('lets a client ask as often as the limit says, then no more until the minute is over', () => {
    let now = 1_000;
    const limiter = new RateLimiter(3, () => now);
    expect([1, 2, 3, 4].map(() => limiter.take('a').allowed)).toEqual([true, true, true, false]);
    now += 59_999;
    expect(limiter.take('a').allowed).toBe(false);
    now += 1;
    expect(limiter.take('a')).toEqual({ allowed: true, limit: 3, remaining: 2, resetSeconds: 60 });
  });

  it('counts each client on its own', () => {
    const limiter = new RateLimiter(1, () => 0);
    expect(limiter.take('a').allowed).toBe(true);
    expect(limiter.take('b').allowed).toBe(true);
    expect(limiter.take('a').allowed).toBe(false);
  });

  it('keeps counting, together, the clients beyond the ten thousandth', () => {
    const limiter = new RateLimiter(1, () => 0);
    for (let i = 0; i < 10_000; i++) limiter.take(`client ${i}`);
    expect(limiter.take('one more').allowed).toBe(true);
    expect(limiter.take('and another').allowed).toBe(false);
  });
});
