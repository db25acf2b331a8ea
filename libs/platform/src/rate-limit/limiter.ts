export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends and everything is allowed again. */
  readonly resetSeconds: number;
}

const WINDOW_MS = 60_000;
/** More clients than this at once are counted together: memory stays bounded whatever is sent. */
const MAX_CLIENTS = 10_000;

/** Counts the requests of each client in windows of one minute, in the memory of this process. */
export class RateLimiter {
  private readonly used = new Map<string, number>();
  private windowEnd = 0;

  /** @param limit requests per client and minute; 0 sets no limit. */
  constructor(
    readonly limit: number,
    private readonly now: () => number = Date.now,
  ) {}

  take(client: string): Allowance {
    const now = this.now();
    if (now >= this.windowEnd) {
      this.used.clear();
      this.windowEnd = now + WINDOW_MS;
    }
    const key = this.used.has(client) || this.used.size < MAX_CLIENTS ? client : '';
    const used = (this.used.get(key) ?? 0) + 1;
    this.used.set(key, used);
    return {
      allowed: used <= this.limit,
      limit: this.limit,
      remaining: Math.max(0, this.limit - used),
      resetSeconds: Math.ceil((this.windowEnd - now) / 1000),
    };
  }
}
