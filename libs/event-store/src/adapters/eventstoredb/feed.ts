import { StoreUnavailable, type FeedBatch, type StoredEvent, type SubscribeOptions } from '../../port';
import { type HeadWatcher } from '../../head-watcher';
import { categoryOf, isOurs, toEvent } from './events';
import { Unreachable } from './failures';
import { type RawEvent, type Subscription } from './raw';
import { type Reader } from './reader';
import { backOff, type Settings } from './settings';

/** While the server is still reading for us, a batch waits so long for more events. */
const LINGER_MS = 20;

/** Through a stretch without events the mark moves so often. */
const QUIET_MS = 500;

/** Events of `$all` that are looked through to see that nothing is missing. */
const GAP_PAGE = 64;

/** Items of a subscription that wait in this process; the client keeps as many again. */
const BUFFER = 64;

export interface FeedParts {
  /** A subscription on a connection of its own. */
  open(after: bigint, categories: readonly string[], buffer: number): Subscription;
  readonly reader: Reader;
  readonly watcher: HeadWatcher;
  readonly settings: Settings;
}

/**
 * The feed on one catch-up subscription. Every mark is the position of an event that exists, and everything up to it was delivered or is
 * not asked for: an event that was delivered itself; the last event before a checkpoint; or an event up to which `$all` was read and
 * held nothing of interest. A checkpoint itself is no mark: at the end of the log it names the place of the *next* event.
 */
class Feed {
  private readonly wanted: ReadonlySet<string>;
  /** The subscription is at the end of the log, as far as the server said. */
  private live = false;
  private checkpoint = 0n;
  /** The consumer knows that it is caught up at the mark. */
  private told = false;
  private deliveredAt = performance.now();

  constructor(
    private readonly parts: FeedParts,
    private readonly subscription: Subscription,
    private mark: bigint,
    private readonly options: SubscribeOptions,
  ) {
    this.wanted = new Set(options.categories);
  }

  /** The next batch; undefined when the signal ended the wait. @throws what broke the subscription. */
  async next(): Promise<FeedBatch | undefined> {
    while (!this.options.signal.aborted) {
      const events = await this.take();
      const last = events.at(-1);
      if (last) return this.deliver(events, last.position, await this.isCaughtUp(last.position));
      const quiet = await this.lookAround();
      if (quiet) return quiet;
    }
    return undefined;
  }

  /** Events that are here, up to a batch; while the server is still catching up it waits a moment for a fuller one. */
  private async take(): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (let lingered = false; events.length < this.options.batchSize;) {
      const item = this.subscription.read();
      if (item === null) {
        if (this.live || lingered || events.length === 0 || this.options.signal.aborted) break;
        await this.subscription.wait(LINGER_MS, this.options.signal);
        lingered = true;
      } else if ('event' in item) {
        lingered = false;
        if (item.event.position > this.mark && this.isWanted(item.event)) events.push(toEvent(item.event));
      } else if ('checkpoint' in item) this.checkpoint = item.checkpoint;
      else this.live = item.live;
    }
    return events;
  }

  /** No event is here: moves the mark over what is not asked for, or waits. */
  private async lookAround(): Promise<FeedBatch | undefined> {
    const { subscription, options } = this;
    await subscription.wait(this.live ? LINGER_MS : QUIET_MS, options.signal);
    const silence = performance.now() - this.deliveredAt;
    if (subscription.waiting && silence < QUIET_MS) return undefined;
    const head = await this.parts.reader.head();
    if (head <= this.mark) {
      if (!this.told) return this.deliver([], this.mark, true);
      await this.stir();
      return undefined;
    }
    const passed = await this.passOver(head);
    if (passed > this.mark) return this.deliver([], passed, passed >= head);
    // An event that is asked for stands next: the subscription is about to bring it, or it is broken and does not know.
    if (!subscription.waiting && silence > this.parts.settings.readTimeoutMs)
      throw new Unreachable('EventStoreDB: a subscription went silent');
    return undefined;
  }

  /** Waits until there are items or the log has grown. */
  private async stir(): Promise<void> {
    const { subscription, parts, options, mark } = this;
    const over = new AbortController();
    const either = AbortSignal.any([options.signal, over.signal]);
    await Promise.race([parts.watcher.beyond(mark, either), subscription.wait(parts.settings.readTimeoutMs, either)]);
    over.abort();
    this.deliveredAt = performance.now();
  }

  /** How far the mark can go without an event: to the one before a checkpoint, or over a piece of `$all` in which none is wanted. */
  private async passOver(head: bigint): Promise<bigint> {
    const { reader } = this.parts;
    if (this.checkpoint > this.mark) {
      const [before] = await reader.all({ from: this.checkpoint, backwards: true, limit: 1 });
      this.checkpoint = 0n;
      if (before && before.position > this.mark) return before.position < head ? before.position : head;
    }
    const piece = await reader.all({ backwards: false, limit: GAP_PAGE, ...(this.mark > 0n && { from: this.mark }) });
    let passed = this.mark;
    for (const event of piece) {
      if (event.position <= passed) continue;
      if (event.position > head || this.isWanted(event)) break;
      passed = event.position;
    }
    return passed;
  }

  private isWanted(event: RawEvent): boolean {
    return isOurs(event) && (this.wanted.size === 0 || this.wanted.has(categoryOf(event.stream)));
  }

  /** Whether nothing was stored behind the position. Events in hand do not wait for an outage to end. */
  private async isCaughtUp(position: bigint): Promise<boolean> {
    if (!this.live || this.subscription.waiting) return false;
    const head = await this.parts.reader.tryHead();
    return head !== undefined && head <= position;
  }

  private deliver(events: StoredEvent[], mark: bigint, caughtUp: boolean): FeedBatch {
    this.mark = mark;
    this.told = caughtUp;
    this.deliveredAt = performance.now();
    return { events, mark, caughtUp };
  }
}

const assertEnds = async (reader: Reader, after: bigint): Promise<void> => {
  const end = after === 0n ? 0n : await reader.end();
  if (end < after) throw new Error(`The feed ends at position ${end}, before the requested ${after}: this is another or an older store`);
};

/** What the work gives, or undefined as soon as the signal says that nobody wants it any more. */
const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  let over = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => (over = () => resolve(undefined)));
  signal.addEventListener('abort', over);
  work.catch(() => undefined);
  try {
    return signal.aborted ? undefined : await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', over);
  }
};

/**
 * The feed after a position, for as long as the signal lasts: when the server goes away it is taken up again behind the last batch that
 * was delivered, as often as need be. @throws Error when the store ends before the position, or refuses.
 */
export async function* followAll(parts: FeedParts, after: bigint, options: SubscribeOptions): AsyncGenerator<FeedBatch, void, void> {
  if (options.batchSize < 1) throw new Error(`A batch holds at least one event, not ${options.batchSize}`);
  const { signal } = options;
  let mark = after;
  for (let attempt = 0; !signal.aborted; attempt++) {
    let subscription: Subscription | undefined;
    try {
      await unlessAborted(assertEnds(parts.reader, mark), signal);
      if (signal.aborted) return;
      subscription = parts.open(mark, options.categories, BUFFER);
      const feed = new Feed(parts, subscription, mark, options);
      for (let batch = await unlessAborted(feed.next(), signal); batch; batch = await unlessAborted(feed.next(), signal)) {
        yield batch;
        mark = batch.mark;
        attempt = 0;
      }
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof StoreUnavailable)) throw error;
    } finally {
      await subscription?.close();
    }
    await backOff(attempt, signal);
  }
}
