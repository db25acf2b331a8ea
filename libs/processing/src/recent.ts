/**
 * What a processor has just written, by key: the next batch often touches the same payments again, and need not ask the
 * database for them. Bounded; the longest untouched goes first. Must be forgotten when a transaction was rolled back.
 */
export class Recent<T> {
  private readonly entries = new Map<string, T>();

  constructor(private readonly capacity: number) {}

  get(key: string): T | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: T): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.capacity) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.entries.clear();
  }
}
