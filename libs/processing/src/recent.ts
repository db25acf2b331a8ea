/**
 * What a processor has just written, by key: the next batch often touches the same payments again, and need not ask the
 * database for them. Bounded by two generations: when the young one is full the old one is forgotten as a whole, which costs
 * nothing per entry. Must be forgotten when a transaction was rolled back.
 */
export class Recent<T> {
  private young = new Map<string, T>();
  private old = new Map<string, T>();
  private readonly half: number;

  /** At most so many entries are kept, at least half of them. */
  constructor(capacity: number) {
    this.half = Math.max(1, Math.floor(capacity / 2));
  }

  get(key: string): T | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  set(key: string, value: T): void {
    this.young.set(key, value);
    if (this.young.size < this.half) return;
    this.old = this.young;
    this.young = new Map();
  }

  clear(): void {
    this.young = new Map();
    this.old = new Map();
  }
}
