import type { Readable } from 'node:stream';
import { toFailure, Unreachable } from './failures';
import { type FeedItem, type RawEvent, type Subscription } from './raw';

type Pushed = Exclude<FeedItem, { event: RawEvent }>;

/** What the client gives for a subscription: a stream of objects whose queue also takes our own marks. */
export interface Source extends Readable {
  unsubscribe(): Promise<void>;
}

/**
 * A subscription as a queue that is pulled. Marks and events share the queue, so a mark is read behind all events that came before it;
 * when the queue is full the client stops reading from the socket, and the server waits.
 */
export class PulledSubscription<E extends object> implements Subscription {
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  /** `toRaw` gives undefined for what is no event (a link to a deleted one). */
  constructor(
    private readonly source: Source,
    private readonly toRaw: (event: E) => RawEvent | undefined,
  ) {
    source.on('readable', () => this.wake?.());
    source.on('error', (error) => this.fail(toFailure(error)));
    for (const end of ['end', 'close']) source.on(end, () => this.fail(new Unreachable('EventStoreDB ended a subscription')));
    source.on('caughtUp', () => void source.push({ live: true } satisfies FeedItem));
    source.on('fellBehind', () => void source.push({ live: false } satisfies FeedItem));
  }

  get waiting(): boolean {
    return this.source.readableLength > 0;
  }

  read(): FeedItem | null {
    for (;;) {
      const item = this.source.read() as Pushed | E | null;
      if (item === null) {
        if (this.failure) throw this.failure;
        return null;
      }
      if ('checkpoint' in item || 'live' in item) return item;
      const event = this.toRaw(item);
      if (event) return { event };
    }
  }

  wait(atMostMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, atMostMs);
      if (signal.aborted || this.failure || this.waiting) return done();
      this.wake = done;
      signal.addEventListener('abort', done);
    });
  }

  async close(): Promise<void> {
    await this.source.unsubscribe().catch(() => undefined);
    this.source.destroy();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.wake?.();
  }
}
