/**
 * Milliseconds at the end of the feed: patience doubles while events keep coming, and is forgotten when they pause. Nobody's
 * patience is tried: who waits for a position gets it soon.
 */
const LINGER = { least: 10, mostWhenAwaited: 320, pause: 400 };

/**
 * The longest wait after a batch of so many events. Many in a batch are a load of files, of which every payment will be touched
 * again soon; a few at a time are the day's business, and whoever follows it wants to see it.
 */
const MOST: readonly (readonly [events: number, milliseconds: number])[] = [
  [200, 2_000],
  [0, 320],
];

const mostAfter = (events: number): number => MOST.find(([least]) => events >= least)![1];

/** While events keep coming, waiting for more of them turns many small transactions into few; a single write is not kept waiting. */
export class Patience {
  private busyAt = 0;
  private current: number = LINGER.least;
  private end: (() => void) | undefined;

  /** @param isAwaited whether somebody waits for the processor to come further. */
  constructor(private readonly isAwaited: () => boolean) {}

  /** Waits a while after a batch of so many events that began then (milliseconds since 1970), for more to come. */
  async afterBatch(events: number, began: number, signal: AbortSignal): Promise<void> {
    const flowing = began - this.busyAt < LINGER.pause;
    this.current = flowing ? Math.min(this.current * 2, this.isAwaited() ? LINGER.mostWhenAwaited : mostAfter(events)) : LINGER.least;
    await this.pass(this.current, signal);
    this.busyAt = Date.now();
  }

  /** Somebody begins to wait: a long pause ends now. */
  hurry(): void {
    if (this.current > LINGER.mostWhenAwaited) this.end?.();
  }

  private pass(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (this.end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.end = undefined;
        resolve();
      });
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }
}
