/** Looks at something that lies elsewhere: one look at a time, and again and again while somebody waits. */
export class Lookout {
  private looking: Promise<void> | undefined;
  private watchers = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param everyMs milliseconds between two looks while somebody waits. */
  constructor(
    private readonly read: () => Promise<void>,
    private readonly everyMs: number,
  ) {}

  /** @throws what the look throws. */
  look(): Promise<void> {
    this.looking ??= this.read().finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** Whether somebody waits. */
  get isWatched(): boolean {
    return this.watchers > 0;
  }

  /** Keeps looking while the work lasts; a look that fails shows as time that passes. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.watchers++;
    this.schedule();
    try {
      return await work();
    } finally {
      if (--this.watchers === 0) {
        clearTimeout(this.timer);
        this.timer = undefined;
      }
    }
  }

  private schedule(): void {
    if (this.timer || this.watchers === 0) return;
    this.timer = setTimeout(() => {
      const again = (): void => {
        this.timer = undefined;
        this.schedule();
      };
      void this.look().then(again, again);
    }, this.everyMs);
  }
}
