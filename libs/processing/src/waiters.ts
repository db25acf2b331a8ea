/** Those who wait for something to hold; whoever may have made it hold wakes them. */
export class Waiters {
  private readonly checks = new Set<() => void>();

  get isEmpty(): boolean {
    return this.checks.size === 0;
  }

  wake(): void {
    for (const check of [...this.checks]) check();
  }

  /** Resolves with true when it holds, with false when the time has passed first. */
  until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        this.checks.delete(check);
        clearTimeout(timer);
        resolve(held);
      };
      const check = (): void => {
        if (holds()) end(true);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      this.checks.add(check);
    });
  }
}
