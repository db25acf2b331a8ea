import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import type { EventFeed, FeedPart } from '@quadra/event-feed';
import { storePart } from '@quadra/event-feed';
import { CheckpointGone, CheckpointMoved, Checkpoints, migrating } from './checkpoints';
import { Elsewhere } from './elsewhere';
import { areLevel, scopeOf } from './parts';
import type { Place, ProcessorFactory, ProcessorStatus, ProcessorView, Skip } from './processor';
import { ProcessorRunner } from './runner';
import { Waiters } from './waiters';

export interface GroupOptions {
  readonly pool: Pool;
  readonly feed: EventFeed;
  /** Where the history stands: a part that another process works on can be read there. */
  readonly store: Pick<EventStore, 'subscribe'>;
  /** The schema of the service: its checkpoints stand there. */
  readonly schema: string;
  readonly log?: (message: string, error?: unknown) => void;
  /** Milliseconds before a batch that failed for a passing reason is tried again. */
  readonly retryDelayMs?: number;
}

const RETRIES = 5;
/** Whoever waits in another process asks several times in this time. */
const AWAITED_MS = 1_000;

/**
 * One processor as this process runs it: a runner with an instance of its own for every part of the feed that the process
 * gets among those of its group (the processor's name and version). Knows of the other parts what the table says.
 */
export class ProcessorGroup implements ProcessorView {
  readonly name: string;
  readonly version: number;
  private readonly checkpoints: Checkpoints;
  private readonly runners = new Map<number, ProcessorRunner>();
  private readonly elsewhere: Elsewhere;
  private readonly waiters = new Waiters();
  private abort = new AbortController();
  private claimed: Promise<void> | undefined;
  private failure: string | undefined;
  private awaitedUntil = 0;

  constructor(
    private readonly make: ProcessorFactory,
    private readonly options: GroupOptions,
  ) {
    const { name, version } = make(scopeOf(options.feed, 0));
    [this.name, this.version] = [name, version];
    this.checkpoints = new Checkpoints(options.pool, options.schema, name, version);
    this.elsewhere = new Elsewhere(this.checkpoints, () => this.here().length < options.feed.partitions, this.waiters);
  }

  /** Prepares the tables and asks the feed for parts; returns when the places are known. */
  async start(): Promise<void> {
    if (this.claimed) return;
    const { pool, feed, schema } = this.options;
    await migrating(pool, schema, (client) => this.make(scopeOf(feed, 0)).migrate(client));
    await this.checkpoints.prepare(feed.partitions);
    await this.elsewhere.look();
    this.abort = new AbortController();
    this.claimed = this.claim(this.abort.signal);
  }

  /** Ends after the batches in hand; the checkpoints tell where to go on. */
  async stop(): Promise<void> {
    this.abort.abort();
    await this.claimed;
    this.claimed = undefined;
    this.waiters.wake();
  }

  /** Writes the checkpoints as far as the runners of this process have come. */
  async flush(): Promise<void> {
    await Promise.all([...this.runners.values()].map((runner) => runner.flush()));
  }

  get partitions(): number {
    return this.options.feed.partitions;
  }

  partitionOf(org: string): number {
    return this.options.feed.partitionOf(`organization-${org}`);
  }

  get isRunning(): boolean {
    return this.claimed !== undefined && !this.abort.signal.aborted && this.failure === undefined;
  }

  /** Whether every part that this process works on is level with the feed. */
  get isCaughtUp(): boolean {
    return this.here().every((runner) => runner.isCaughtUp);
  }

  /** The position that every partition has reached. */
  get position(): bigint {
    return this.places().reduce((least, { position }) => (position < least ? position : least), this.place(0).position);
  }

  get lastOutput(): bigint {
    return this.places().reduce((last, { lastOutput }) => (lastOutput > last ? lastOutput : last), 0n);
  }

  place(partition: number): Place {
    return this.local(partition) ?? this.elsewhere.place(partition);
  }

  refresh(): Promise<void> {
    return this.elsewhere.look();
  }

  isBehind(org: string): boolean {
    const runner = this.local(this.partitionOf(org));
    return runner ? runner.isBehind(org) : this.elsewhere.isBehind(org);
  }

  waitFor(position: bigint, timeoutMs: number, partition?: number): Promise<boolean> {
    const holds = (): boolean => (partition === undefined ? this.position : this.place(partition).position) >= position;
    this.hurry();
    return this.elsewhere.watching(() => this.waiters.until(holds, timeoutMs));
  }

  /**
   * Hands a parked organization everything it missed, whichever process runs its part; it stays parked when that fails again.
   * @param skip passes over the event at which it stopped.
   * @returns false when it is not parked. @throws what the processor throws at an event.
   */
  async retryParked(org: string, skip?: Skip): Promise<boolean> {
    const partition = this.partitionOf(org);
    for (let attempt = 1; ; attempt++) {
      try {
        return await (this.local(partition) ?? this.visitor(partition)).retryParked(org, skip);
      } catch (error) {
        if (!(error instanceof CheckpointMoved) || attempt === RETRIES) throw error;
      }
    }
  }

  /**
   * As of now, also of the parts that other processes work on. @param isAwaited somebody waits, in another process, for it to
   * come further. @throws what the database throws.
   */
  async report(isAwaited = false): Promise<ProcessorStatus> {
    if (isAwaited) {
      this.awaitedUntil = Date.now() + AWAITED_MS;
      this.hurry();
    }
    await this.elsewhere.look();
    const positions = (places: readonly Pick<Place, 'position'>[]): bigint[] => places.map(({ position }) => position);
    const status = this.status();
    return { ...status, caughtUp: status.caughtUp && areLevel(positions(this.places()), positions(this.here())) };
  }

  /** As far as this process knows. */
  status(): ProcessorStatus {
    const runners = this.here();
    const parked = [...runners.flatMap((r) => r.parkedOrganizations), ...this.elsewhere.parked(this.isElsewhere)];
    const skipped = [...runners.flatMap((r) => r.skippedOrganizations), ...this.elsewhere.skipped(this.isElsewhere)];
    const error = this.failure ?? runners.find((r) => r.error !== undefined)?.error;
    return {
      name: this.name,
      version: this.version,
      position: String(this.position),
      lastOutput: String(this.lastOutput),
      caughtUp: this.isCaughtUp,
      lagSeconds: Math.max(0, ...runners.map((r) => r.lagSeconds)),
      running: this.isRunning,
      eventsHandled: runners.reduce((sum, r) => sum + r.eventsHandled, 0),
      parked,
      skipped,
      partitions: this.places().map(({ position, lastOutput }, partition) => ({
        partition,
        position: String(position),
        lastOutput: String(lastOutput),
        here: this.local(partition) !== undefined,
      })),
      ...(error !== undefined && { error }),
    };
  }

  private hurry(): void {
    for (const runner of this.here()) runner.hurry();
  }

  private readonly isElsewhere = (org: string): boolean => !this.local(this.partitionOf(org));

  private places(): Place[] {
    return Array.from({ length: this.partitions }, (_, partition) => this.place(partition));
  }

  /** The runner of a part that this process works on, once it knows its place. */
  private local(partition: number): ProcessorRunner | undefined {
    const runner = this.runners.get(partition);
    return runner?.isLoaded ? runner : undefined;
  }

  private here(): ProcessorRunner[] {
    return [...this.runners.values()].filter((runner) => runner.isLoaded);
  }

  /** A feed that cannot be claimed now is asked again; only the end of the signal, or of the processor's service, ends it. */
  private async claim(signal: AbortSignal): Promise<void> {
    const { feed, log, retryDelayMs = 500 } = this.options;
    while (!signal.aborted) {
      try {
        await feed.claim(`${this.name}-v${this.version}`, (part, ends) => this.work(part, ends), signal);
        if (!signal.aborted) throw new Error('the feed has ended');
      } catch (error) {
        if (signal.aborted) return;
        this.failure = (error as Error).message;
        log?.(`${this.name}: the feed cannot be claimed`, error);
        await sleep(retryDelayMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async work(part: FeedPart, signal: AbortSignal): Promise<void> {
    const runner = this.runner(part);
    this.failure = undefined;
    this.runners.set(part.partition, runner);
    try {
      await runner.run(signal);
    } catch (error) {
      if (!(error instanceof CheckpointGone)) throw error;
      this.failure = error.message;
      await aborted(signal); // the part is idle: whoever swapped the version, or the operator, ends this group
    } finally {
      if (runner.isLoaded) this.elsewhere.note(part.partition, { position: runner.position, lastOutput: runner.lastOutput });
      this.runners.delete(part.partition);
      this.waiters.wake();
    }
  }

  private runner(part: Pick<FeedPart, 'partition' | 'subscribe'>): ProcessorRunner {
    const { pool, schema, feed, log, retryDelayMs } = this.options;
    const scope = scopeOf(feed, part.partition);
    return new ProcessorRunner(this.make(scope), {
      pool,
      schema,
      part,
      scope,
      onProgress: () => this.waiters.wake(),
      isAwaited: () => !this.waiters.isEmpty || Date.now() < this.awaitedUntil,
      ...(log && { log }),
      ...(retryDelayMs !== undefined && { retryDelayMs }),
    });
  }

  /** A runner for a part that another process works on, to read it and not to run it. */
  private visitor(partition: number): ProcessorRunner {
    return this.runner(storePart(this.options.store, partition, this.partitions));
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
