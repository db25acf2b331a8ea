import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import type { StoredEvent } from '@quadra/event-store';
import { type FeedPart, type PlacedBatch, release } from '@quadra/event-feed';
import type { Checkpoint, StoredCheckpoint } from './checkpoints';
import { CheckpointGone, CheckpointMoved, Checkpoints } from './checkpoints';
import { Parking } from './parking';
import { Patience } from './patience';
import type { PartScope, Processor, Skip } from './processor';
import { inTransaction } from './transaction';
import { isTransient } from './transient';

export interface RunnerOptions {
  readonly pool: Pool;
  readonly part: Pick<FeedPart, 'subscribe'>;
  readonly scope: PartScope;
  /** The schema of the service: its checkpoints stand there. */
  readonly schema: string;
  readonly log?: (message: string, error?: unknown) => void;
  /** Milliseconds before a batch that failed for a passing reason is tried again. */
  readonly retryDelayMs?: number;
  /** Called whenever it has come further. */
  readonly onProgress?: () => void;
  /** Whether somebody waits for it to come further. */
  readonly isAwaited?: () => boolean;
}

/** How long a mark without events may stay unwritten: after a crash so much of the feed is passed over again. */
const IDLE_STORE_MS = 1_000;

/**
 * Runs one processor over one part of the feed: pulls ordered batches, hands each over in one transaction with the
 * checkpoint. A batch that fails is halved down to the event; then the organization of that event is parked in this
 * processor and the others go on.
 */
export class ProcessorRunner {
  private readonly checkpoints: Checkpoints;
  private checkpoint: Checkpoint = { position: 0n, lastOutput: 0n };
  /** What the table says: behind `checkpoint` by marks that brought no event. */
  private stored: StoredCheckpoint = { position: 0n, lastOutput: 0n, moves: 0n };
  private storedAt = 0;
  private idle: NodeJS.Timeout | undefined;
  private readonly parking: Parking;
  private loaded = false;
  /** What is known may be wrong: the table tells. */
  private doubtful = true;
  private caughtUp = false;
  private levelAt = Date.now();
  private handled = 0;
  private failure: string | undefined;
  private readonly patience: Patience;
  /** Serializes batches with retries of parked organizations. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    readonly processor: Processor,
    private readonly options: RunnerOptions,
  ) {
    this.checkpoints = new Checkpoints(options.pool, options.schema, processor.name, processor.version);
    this.patience = new Patience(options.isAwaited ?? (() => false));
    this.parking = new Parking({
      checkpoints: this.checkpoints,
      processor,
      checkpoint: () => this.checkpoint,
      commit: (work) => this.commit(work),
      subscribe: (after, signal) => this.subscribe(after, signal),
    });
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

  /** Whether it knows its place yet. */
  get isLoaded(): boolean {
    return this.loaded;
  }

  get eventsHandled(): number {
    return this.handled;
  }

  /** Seconds since it was last level with the feed; 0 when it is. */
  get lagSeconds(): number {
    return this.caughtUp ? 0 : Math.round((Date.now() - this.levelAt) / 1000);
  }

  /** What stands in its way now. */
  get error(): string | undefined {
    return this.failure;
  }

  get parkedOrganizations(): string[] {
    return this.parking.organizations;
  }

  get skippedOrganizations(): string[] {
    return this.parking.skippedOrganizations;
  }

  /** What it tells of an organization lacks something. */
  isBehind(org: string): boolean {
    return this.parking.isBehind(org);
  }

  /**
   * Pulls until the signal ends. The batch in hand is finished then: the compare-and-set lets it in as long as nobody else
   * has the part. Failures that pass are waited for. @throws CheckpointGone when the processor is not run like this any more.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.doubtful) await this.inTurn(() => this.load());
        for await (const batch of this.subscribe(this.checkpoint, signal)) {
          await this.receive(batch, signal);
          if (signal.aborted) break;
        }
        if (!signal.aborted) throw new Error('the feed has ended');
      } catch (error) {
        if (signal.aborted) break;
        this.failed(error);
        if (error instanceof CheckpointGone) throw error;
        await sleep(this.options.retryDelayMs ?? 500, undefined, { signal }).catch(() => undefined);
      }
    }
    clearTimeout(this.idle);
    await this.flush().catch(() => undefined);
  }

  /** Somebody begins to wait for it: what it gathers is worked on now. */
  hurry(): void {
    this.patience.hurry();
  }

  /** Writes the checkpoint as far as the processor has come, marks without events included. */
  flush(): Promise<void> {
    return this.inTurn(() => this.storeIdle());
  }

  /**
   * Hands a parked organization everything it missed; it stays parked when that fails again. Need not be the runner that
   * runs the part: that one notices, and reads its place anew.
   * @param skip passes the event over at which it stopped: recorded, and what the processor tells lacks it from now on.
   * @returns false when it is not parked here. @throws what the processor throws at an event: there the organization stops.
   */
  async retryParked(org: string, skip?: Skip): Promise<boolean> {
    return this.inTurn(async () => {
      if (this.doubtful) await this.load();
      return this.parking.retry(org, skip);
    });
  }

  private subscribe({ position, cursor }: Checkpoint, signal: AbortSignal): AsyncIterable<PlacedBatch> {
    const { categories, batchSize } = this.processor;
    return this.options.part.subscribe({ position, ...(cursor !== undefined && { cursor }) }, { categories, batchSize, signal });
  }

  private async load(): Promise<void> {
    const { partition, partitions, owns } = this.options.scope;
    this.checkpoint = this.stored = await this.checkpoints.load(partition, partitions);
    await this.parking.load(owns);
    this.loaded = true;
    this.doubtful = false;
    this.options.onProgress?.();
  }

  private failed(error: unknown): void {
    this.caughtUp = false;
    this.doubtful = true;
    this.failure = (error as Error).message;
    this.options.log?.(`${this.processor.name}: starting over from the checkpoint`, error);
    this.processor.reset?.();
  }

  private async receive(batch: PlacedBatch, signal: AbortSignal): Promise<void> {
    const began = Date.now();
    await this.inTurn(() => this.take(batch));
    this.caughtUp = batch.caughtUp;
    if (batch.caughtUp) this.levelAt = Date.now();
    this.failure = undefined;
    this.options.onProgress?.();
    const events = batch.events.length;
    release(batch);
    if (signal.aborted || !batch.caughtUp || events === 0) return;
    await this.patience.afterBatch(events, began, signal);
  }

  private async take(batch: PlacedBatch): Promise<void> {
    const events = this.parking.pass(batch.events);
    if (events.length > 0) {
      await this.handle(events, batch);
      this.handled += events.length;
      return;
    }
    this.checkpoint = placeAt(this.checkpoint, batch);
    if (Date.now() - this.storedAt > IDLE_STORE_MS) return this.storeIdle();
    this.idle ??= setTimeout(() => {
      this.idle = undefined;
      this.flush().catch(() => undefined); // the next batch meets the same failure, and reports it
    }, IDLE_STORE_MS).unref();
  }

  /** Marks that brought no event are written now and then, not each time. */
  private async storeIdle(): Promise<void> {
    const place = this.checkpoint;
    if (!this.doubtful && this.stored.position !== place.position) await this.commit(() => Promise.resolve(place));
  }

  /** Runs work and moves the checkpoint to where it leads, in one transaction. */
  private async commit(work: (tx: ClientBase) => Promise<Checkpoint>): Promise<void> {
    this.checkpoint = this.stored = await inTransaction(this.options.pool, async (tx) =>
      this.checkpoints.move(tx, this.options.scope.partition, this.stored, await work(tx)),
    );
    this.storedAt = Date.now();
  }

  private async handle(events: readonly StoredEvent[], place: Pick<PlacedBatch, 'mark' | 'cursor'>): Promise<void> {
    const from = this.checkpoint;
    try {
      await this.commit(async (tx) => {
        const output = events.length ? await this.processor.handle(events, tx) : undefined;
        return { ...placeAt(from, place), lastOutput: output?.lastOutput ?? from.lastOutput };
      });
    } catch (error) {
      this.processor.reset?.();
      if (error instanceof CheckpointMoved || isTransient(error) || events.length === 0) throw error;
      if (events.length === 1) return this.parkAt(events[0]!, place, error);
      const half = Math.ceil(events.length / 2);
      await this.handle(events.slice(0, half), { mark: events[half - 1]!.position });
      await this.handle(this.parking.pass(events.slice(half)), place);
    }
  }

  private async parkAt(event: StoredEvent, place: Pick<PlacedBatch, 'mark' | 'cursor'>, error: unknown): Promise<void> {
    const org = await this.parking.park(event, error, placeAt(this.checkpoint, place));
    this.options.log?.(
      `${this.processor.name}: organization ${org} is parked at position ${event.position} (${event.type} in ${event.stream})`,
      error,
    );
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}

/** Where a batch leads: the cursor stands for its mark alone, so a place inside it has none. */
const placeAt = ({ lastOutput }: Checkpoint, { mark, cursor }: Pick<PlacedBatch, 'mark' | 'cursor'>): Checkpoint => ({
  position: mark,
  lastOutput,
  ...(cursor !== undefined && { cursor }),
});
