/**
 * What a processor has just written, by key: the next batch often touches the same payments again, and need not ask the
 * database for them. Bounded by two generations: when the young one is full the old one is forgotten as a whole, which costs
 * nothing per entry. Must be forgotten when a transaction was rolled back.
 */
export class Recent<T> {
  private young = new Map<string, T>();
  private old = new Map<string, T>();
  private readonly half: number;

  /** What the entries set since the last change of generations weigh. */
  private weight = 0;

  /** Entries of at most so much weight are kept, at least of half of it. */
  constructor(capacity: number) {
    this.half = Math.max(1, Math.floor(capacity / 2));
  }

  get(key: string): T | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  /** `weight`: what the value weighs; `more`: how much of it was added since it was set last. */
  set(key: string, value: T, weight = 1, more = 0): void {
    this.weight += this.young.has(key) ? more : weight;
    this.young.set(key, value);
    if (this.weight < this.half) return;
    this.old = this.young;
    this.young = new Map();
    this.weight = 0;
  }

  delete(key: string): void {
    this.young.delete(key); // its weight stays counted: the generations change a little earlier
    this.old.delete(key);
  }

  clear(): void {
    this.young = new Map();
    this.old = new Map();
    this.weight = 0;
  }
}
