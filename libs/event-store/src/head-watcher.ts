/** How a head is learned that this process did not write itself. */
export interface HeadPoll {
  read(): Promise<bigint>;
  /** Milliseconds between two looks while somebody waits; nothing runs while nobody does. */
  readonly everyMs: number;
}

/** Knows the position of the last committed event and wakes whoever waits for a later one. */
export class HeadWatcher {
  private head = 0n;
  private readonly waiters = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly poll?: HeadPoll) {}

  get current(): bigint {
    return this.head;
  }

  /** A head that was committed; an older one than the known one changes nothing. */
  advance(head: bigint): void {
    if (head <= this.head) return;
    this.head = head;
    for (const wake of [...this.waiters]) wake();
  }

  /** Resolves when the head is past the position, or when the signal ends the wait. */
  beyond(position: bigint, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiters.delete(wake);
        signal.removeEventListener('abort', done);
        if (this.waiters.size === 0) this.rest();
        resolve();
      };
      const wake = (): void => {
        if (this.head > position) done();
      };
      if (signal.aborted || this.head > position) return resolve();
      this.waiters.add(wake);
      signal.addEventListener('abort', done);
      this.schedule();
    });
  }

  private schedule(): void {
    const { poll } = this;
    if (!poll || this.timer || this.waiters.size === 0) return;
    this.timer = setTimeout(() => void this.look(poll), poll.everyMs);
  }

  private rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async look(poll: HeadPoll): Promise<void> {
    // An outage while nobody gets events is not worth an error: the next look, or the next page, meets it again.
    const head = await poll.read().catch(() => this.head);
    this.timer = undefined;
    this.advance(head);
    this.schedule();
  }
}
