import { setTimeout as sleep } from 'node:timers/promises';
import type { PublicEvents } from '@quadra/read-models';

const POLL_MS = 150;

interface Waiter {
  readonly place: bigint;
  readonly wake: (isNews: boolean) => void;
}

/** Tells many waiting readers of one process that there is news; while nobody waits, nothing is asked. */
export class OutboxWatch {
  private readonly waiters = new Set<Waiter>();
  private polling = false;

  constructor(
    private readonly events: Pick<PublicEvents, 'ends'>,
    private readonly pollMs = POLL_MS,
  ) {}

  /** Resolves true when there is an event after the place; false when the time has passed or the signal has ended. */
  async waitBeyond(place: bigint, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    return new Promise((resolve) => {
      const end = (isNews: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.waiters.delete(waiter);
        resolve(isNews);
      };
      const onAbort = (): void => end(false);
      const waiter: Waiter = { place, wake: end };
      const timer = setTimeout(() => end(false), timeoutMs);
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiters.add(waiter);
      if (!this.polling) void this.poll();
    });
  }

  private async poll(): Promise<void> {
    this.polling = true;
    while (this.waiters.size > 0) {
      // While the database is away nobody is woken; their time passes, and their own next read tells what is wrong.
      const head = await this.events.ends().then(
        (ends) => ends.head,
        () => undefined,
      );
      if (head !== undefined) for (const waiter of [...this.waiters]) if (head > waiter.place) waiter.wake(true);
      if (this.waiters.size > 0) await sleep(this.pollMs);
    }
    this.polling = false;
  }
}
