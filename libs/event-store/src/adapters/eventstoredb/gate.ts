/** Lets a bounded number of appends through, by count and by size, first in, first out. */
export class Gate {
  private readonly waiting: { size: number; enter: () => void }[] = [];
  private count = 0;
  private bytes = 0;

  constructor(
    private readonly maxCount: number,
    private readonly maxBytes: number,
  ) {}

  /** Resolves when there is room; at once when there is (undefined, so that no turn of the event loop is lost). */
  enter(size: number): Promise<void> | undefined {
    if (this.waiting.length === 0 && this.hasRoom(size)) return this.take(size);
    return new Promise((enter) => this.waiting.push({ size, enter }));
  }

  leave(size: number): void {
    this.count--;
    this.bytes -= size;
    for (let next = this.waiting[0]; next && this.hasRoom(next.size); next = this.waiting[0]) {
      this.waiting.shift();
      this.take(next.size);
      next.enter();
    }
  }

  private hasRoom(size: number): boolean {
    return this.count === 0 || (this.count < this.maxCount && this.bytes + size <= this.maxBytes);
  }

  private take(size: number): undefined {
    this.count++;
    this.bytes += size;
  }
}
