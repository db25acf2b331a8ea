import type { ClientBase, Pool } from 'pg';
import { orgOf } from '@quadra/kernel';
import type { FeedBatch, StoredEvent } from '@quadra/event-store';
import { StoreUnavailable, WriterFenced } from '@quadra/event-store';
import type { EventFeed } from '@quadra/event-feed';
import type { Checkpoint } from './checkpoints';
import { CheckpointMoved, Checkpoints } from './checkpoints';
import type { Processor, ProcessorStatus } from './processor';

export interface RunnerOptions {
  readonly pool: Pool;
  readonly feed: EventFeed;
  /** The schema of the service: its checkpoints stand there. */
  readonly schema: string;
  readonly log?: (message: string, error?: unknown) => void;
  /** Milliseconds before a batch that failed for a passing reason is tried again. */
  readonly retryDelayMs?: number;
}

const TRANSIENT = new Set([
  '40001',
  '40P01',
  '57P01',
  '57P02',
  '57P03',
  '08006',
  '08003',
  '08001',
  '53300',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
]);
/** Nothing is wrong with the event: the database or the store is away, or this process is no longer the one that writes. */
const isTransient = (error: unknown): boolean => {
  if (error instanceof StoreUnavailable || error instanceof WriterFenced) return true;
  const code = (error as { code?: string }).code;
  return (
    (code !== undefined && TRANSIENT.has(code)) ||
    /terminat|timeout exceeded when trying to connect/i.test(String((error as Error).message))
  );
};

/** Patience at the end of the feed: it doubles while events keep coming, and is forgotten when they pause. */
const LINGER_MS = { least: 10, most: 320, pause: 400 };
/** How long a mark without events may stay unwritten: after a crash so much of the feed is passed over again. */
const IDLE_STORE_MS = 1_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs one processor: pulls ordered batches, hands each over in one transaction with the checkpoint. A batch that fails
 * is halved down to the event; then the organization of that event is parked in this processor and the others go on.
 */
export class ProcessorRunner {
  private readonly checkpoints: Checkpoints;
  private checkpoint: Checkpoint = { position: 0n, lastOutput: 0n };
  /** What the table says: behind `checkpoint` by marks that brought no event. */
  private stored: Checkpoint = this.checkpoint;
  private storedAt = 0;
  private busyAt = 0;
  private patience: number = LINGER_MS.least;
  /** Where the transaction in hand leads, once it is committed. */
  private pending: Checkpoint | undefined;
  private readonly parked = new Map<string, bigint>();
  private readonly waiters = new Set<() => void>();
  private abort = new AbortController();
  private loop: Promise<void> | undefined;
  private caughtUp = false;
  private levelAt = Date.now();
  private handled = 0;
  private error: string | undefined;
  /** Serializes batches with retries of parked organizations. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    readonly processor: Processor,
    private readonly options: RunnerOptions,
  ) {
    this.checkpoints = new Checkpoints(options.pool, options.schema, processor.name, processor.version);
  }

  /** Prepares the tables and starts to pull; returns when the first page has been asked for. */
  async start(): Promise<void> {
    if (this.loop) return;
    const client = await this.options.pool.connect();
    try {
      await this.processor.migrate(client);
    } finally {
      client.release();
    }
    this.abort = new AbortController();
    await this.reload();
    this.loop = this.run();
  }

  /** Ends after the batch in hand; the checkpoint tells where to go on. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.wake();
    await this.loop;
    this.loop = undefined;
    await this.inTurn(() => this.storeIdle()).catch(() => undefined);
  }

  /** Writes the checkpoint as far as the processor has come, marks without events included. */
  flush(): Promise<void> {
    return this.inTurn(() => this.storeIdle());
  }

  get position(): bigint {
    return this.checkpoint.position;
  }

  get lastOutput(): bigint {
    return this.checkpoint.lastOutput;
  }

  get isCaughtUp(): boolean {
    return this.caughtUp;
  }

  isParked(org: string): boolean {
    return this.parked.has(org);
  }

  /** Resolves when the processor has taken in everything up to a position; false if the time passes first. */
  async waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    return this.until(() => this.checkpoint.position >= position, timeoutMs);
  }

  status(): ProcessorStatus {
    return {
      name: this.processor.name,
      version: this.processor.version,
      position: String(this.checkpoint.position),
      lastOutput: String(this.checkpoint.lastOutput),
      caughtUp: this.caughtUp,
      lagSeconds: this.caughtUp ? 0 : Math.round((Date.now() - this.levelAt) / 1000),
      running: this.loop !== undefined && !this.abort.signal.aborted,
      eventsHandled: this.handled,
      parked: [...this.parked.keys()],
      ...(this.error !== undefined && { error: this.error }),
    };
  }

  /** Hands a parked organization everything it missed; it stays parked when that fails again. */
  async retryParked(org: string): Promise<boolean> {
    return this.inTurn(async () => {
      const from = this.parked.get(org);
      if (from === undefined) return false;
      const end = this.checkpoint;
      await this.inTransaction(async (tx) => {
        let lastOutput = end.lastOutput;
        for await (const batch of this.missed(from - 1n, end.position)) {
          const own = batch.events.filter((e) => e.position <= end.position && orgOf(e.stream) === org);
          if (own.length) lastOutput = (await this.processor.handle(own, tx))?.lastOutput ?? lastOutput;
        }
        await this.checkpoints.unpark(tx, org);
        await this.moveTo(tx, { ...end, lastOutput });
      }).catch((error: unknown) => {
        this.processor.reset?.();
        throw error;
      });
      this.parked.delete(org);
      return true;
    });
  }

  private async *missed(after: bigint, upTo: bigint): AsyncIterable<FeedBatch> {
    const abort = new AbortController();
    for await (const batch of this.subscribe(after, abort.signal)) {
      yield batch;
      if (batch.mark >= upTo) break;
    }
    abort.abort();
  }

  private subscribe(after: bigint, signal: AbortSignal): AsyncIterable<FeedBatch> {
    return this.options.feed.subscribe(after, { categories: this.processor.categories, batchSize: this.processor.batchSize, signal });
  }

  private async reload(): Promise<void> {
    this.checkpoint = this.stored = await this.checkpoints.load();
    this.parked.clear();
    for (const p of await this.checkpoints.parked()) this.parked.set(p.org, p.position);
  }

  private async run(): Promise<void> {
    while (!this.abort.signal.aborted) {
      try {
        for await (const batch of this.subscribe(this.checkpoint.position, this.abort.signal)) {
          const began = Date.now();
          await this.inTurn(() => this.take(batch));
          this.caughtUp = batch.caughtUp;
          if (batch.caughtUp) this.levelAt = Date.now();
          this.error = undefined;
          this.wake();
          if (this.abort.signal.aborted) break;
          if (batch.caughtUp && batch.events.length > 0) await sleep(this.linger(began));
        }
        if (!this.abort.signal.aborted) throw new Error('the feed has ended');
      } catch (error) {
        if (this.abort.signal.aborted) return;
        this.caughtUp = false;
        this.error = (error as Error).message;
        this.options.log?.(`${this.processor.name}: starting over from the checkpoint`, error);
        this.processor.reset?.();
        await sleep(this.options.retryDelayMs ?? 500);
        await this.reload().catch(() => undefined);
      }
    }
  }

  private async take(batch: FeedBatch): Promise<void> {
    const events = this.parked.size ? batch.events.filter((e) => !this.parked.has(orgOf(e.stream))) : batch.events;
    if (events.length === 0) {
      this.checkpoint = { ...this.checkpoint, position: batch.mark };
      if (Date.now() - this.storedAt > IDLE_STORE_MS) await this.storeIdle();
      return;
    }
    await this.handle(events, batch.mark);
    this.handled += events.length;
  }

  /** Marks that brought no event are written now and then, not each time. */
  private async storeIdle(): Promise<void> {
    if (this.stored.position !== this.checkpoint.position) await this.inTransaction((tx) => this.moveTo(tx, this.checkpoint));
  }

  private async moveTo(tx: ClientBase, to: Checkpoint): Promise<void> {
    await this.checkpoints.move(tx, this.stored, to);
    this.pending = to;
  }

  private async handle(events: readonly StoredEvent[], mark: bigint): Promise<void> {
    const from = this.checkpoint;
    try {
      await this.inTransaction(async (tx) => {
        const output = events.length ? await this.processor.handle(events, tx) : undefined;
        await this.moveTo(tx, { position: mark, lastOutput: output?.lastOutput ?? from.lastOutput });
      });
    } catch (error) {
      this.processor.reset?.();
      if (error instanceof CheckpointMoved || isTransient(error) || events.length === 0) throw error;
      if (events.length === 1) return this.parkAt(events[0]!, mark, error);
      const half = Math.ceil(events.length / 2);
      await this.handle(events.slice(0, half), events[half - 1]!.position);
      const rest = events.slice(half).filter((e) => !this.parked.has(orgOf(e.stream)));
      await this.handle(rest, mark);
    }
  }

  private async parkAt(event: StoredEvent, mark: bigint, error: unknown): Promise<void> {
    const org = orgOf(event.stream);
    const from = this.checkpoint;
    this.options.log?.(
      `${this.processor.name}: organization ${org} is parked at position ${event.position} (${event.type} in ${event.stream})`,
      error,
    );
    await this.inTransaction(async (tx) => {
      await this.checkpoints.park(tx, org, event.position, `${event.type} in ${event.stream}: ${(error as Error).message}`);
      await this.moveTo(tx, { ...from, position: mark });
    });
    this.parked.set(org, event.position);
  }

  private async inTransaction(work: (tx: ClientBase) => Promise<void>): Promise<void> {
    const client = await this.options.pool.connect();
    let broken: Error | undefined;
    // A connection may end between two statements; without a listener the process would end with it.
    const onError = (error: Error) => void (broken = error);
    client.on('error', onError);
    try {
      await client.query('begin');
      await work(client);
      await client.query('commit');
      if (this.pending) {
        this.checkpoint = this.stored = this.pending;
        this.storedAt = Date.now();
      }
    } catch (error) {
      await client.query('rollback').catch((e: Error) => (broken ??= e));
      throw broken ?? error;
    } finally {
      this.pending = undefined;
      client.off('error', onError);
      client.release(broken);
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** While events keep coming, waiting for more of them turns many small transactions into few; a single write is not kept waiting. */
  private linger(began: number): number {
    const flowing = began - this.busyAt < LINGER_MS.pause;
    this.busyAt = Date.now();
    this.patience = flowing ? Math.min(this.patience * 2, LINGER_MS.most) : LINGER_MS.least;
    return this.patience;
  }

  private wake(): void {
    for (const waiter of [...this.waiters]) waiter();
  }

  private async until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    if (holds()) return true;
    return new Promise((resolve) => {
      const check = () => {
        if (!holds()) return;
        this.waiters.delete(check);
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.waiters.delete(check);
        resolve(false);
      }, timeoutMs);
      this.waiters.add(check);
    });
  }
}
