import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import type { EventFeed, FeedPart } from '@quadra/event-feed';
import { storePart } from '@quadra/event-feed';
import { ProcessorRunner, inTransaction } from '@quadra/processing';
import { hashOf } from './hashes';
import type { ReadModel } from './model';
import { READ_SCHEMA } from './model';
import type { Versions } from './versions';

export interface RebuildProgress {
  readonly model: string;
  readonly version: number;
  readonly eventsHandled: number;
  readonly phase: 'filling' | 'comparing' | 'done';
}

export interface RebuildResult {
  readonly model: string;
  readonly version: number;
  /** Equal to the live tables, column by column; undefined when the live ones were too far behind to compare. */
  readonly equal: boolean | undefined;
  readonly hash: string;
}

export interface RebuildParts {
  /** Connections of its own: while the live version is held, its runners may have taken all others. */
  readonly pool: Pool;
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly feed: Pick<EventFeed, 'partitions' | 'partitionOf'>;
  readonly versions: Versions;
  readonly old: ReadModel;
  readonly next: ReadModel;
  /** Writes down how far the live version has come, where this process runs it. */
  readonly flushLive: () => Promise<void>;
  readonly onProgress: (progress: RebuildProgress) => void;
}

type Caps = ReadonlyMap<number, { readonly position: bigint }>;

const PROGRESS_MS = 500;
const POLL_MS = 20;
/** So long the live version may need to come as far as the new one; afterwards it is replaced without a comparison. */
const LEVEL_MS = 60_000;

/** The builder reads everything in one go, however the live version is divided. */
const WHOLE = { partition: 0, partitions: 1, owns: () => true } as const;

const positionsOf = (caps: Caps): bigint[] => [...caps.values()].map(({ position }) => position);
const least = (positions: readonly bigint[]): bigint => positions.reduce((a, b) => (a < b ? a : b));
const most = (positions: readonly bigint[]): bigint => positions.reduce((a, b) => (a > b ? a : b));

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/** The history as far as each partition has come elsewhere, and no further; `reached` is called when all of it was handled. */
const cappedPart = ({ store, feed }: RebuildParts, caps: Caps, reached: () => void): Pick<FeedPart, 'subscribe'> => ({
  async *subscribe(after, options) {
    const [first, last] = [least(positionsOf(caps)), most(positionsOf(caps))];
    for await (const batch of store.subscribe(after.position, options)) {
      const events = batch.events.filter((e) => e.position <= caps.get(feed.partitionOf(e.stream))!.position);
      yield { events, mark: batch.mark < first ? batch.mark : first, caughtUp: batch.caughtUp };
      if (batch.mark < last && !batch.caughtUp) continue;
      reached();
      return ended(options.signal);
    }
  },
});

/**
 * Builds a read model anew beside the live one and puts it in its place. The live version is held twice for a moment: once
 * so that both can be seen at exactly the same positions, and once to swap; reads go on all the time.
 */
export class Rebuild {
  private handled = 0;
  private readonly abort = new AbortController();

  constructor(private readonly parts: RebuildParts) {}

  /** Resumes what an interrupted attempt filled. @throws what stops it; what was filled stays. */
  async run(): Promise<RebuildResult> {
    const { next, pool, versions } = this.parts;
    await inTransaction(pool, (tx) => next.migrate(tx));
    await versions.checkpoints(next).prepare(WHOLE.partitions);
    const position = await this.fill();
    const equal = (await this.liveReaches(position)) ? await this.compare() : undefined;
    await this.whileHeld(async (caps, tx) => {
      await this.fill(caps);
      await versions.swap(tx, this.parts.old, next);
    });
    return { model: next.name, version: next.version, equal, hash: await hashOf(pool, next) };
  }

  /** Fills up to the end of the history, or as far as the live version has come. @returns the position reached. */
  private async fill(caps?: Caps): Promise<bigint> {
    const { pool, store, next } = this.parts;
    const abort = new AbortController();
    let isDone = false;
    const part = caps ? cappedPart(this.parts, caps, () => (isDone = true)) : storePart(store, WHOLE.partition, WHOLE.partitions);
    const runner = new ProcessorRunner(next, { pool, part, scope: WHOLE, schema: READ_SCHEMA });
    const running = runner.run(AbortSignal.any([abort.signal, this.abort.signal]));
    running.catch(() => undefined); // awaited below
    const before = this.handled;
    for (let told = 0; !(caps ? isDone : runner.isCaughtUp); await sleep(POLL_MS)) {
      if (runner.error !== undefined) break;
      this.handled = before + runner.eventsHandled;
      if (Date.now() - told < PROGRESS_MS) continue;
      this.tell('filling');
      told = Date.now();
    }
    this.handled = before + runner.eventsHandled;
    const { error } = runner;
    abort.abort();
    await running;
    if (error !== undefined) throw new Error(`${next.name}: ${error}`);
    return runner.position;
  }

  private async liveReaches(position: bigint): Promise<boolean> {
    const { versions, old, flushLive } = this.parts;
    for (const end = Date.now() + LEVEL_MS; Date.now() < end; await sleep(POLL_MS)) {
      await flushLive();
      if (least(positionsOf(await versions.checkpoints(old).all())) >= position) return true;
    }
    return false;
  }

  /** Both versions at the same positions, in one snapshot: it is taken while the live one is held, and looked at afterwards. */
  private async compare(): Promise<boolean> {
    const { pool, old, next } = this.parts;
    this.tell('comparing');
    const snapshot = await pool.connect();
    try {
      await snapshot.query('begin isolation level repeatable read read only');
      await this.whileHeld(async (caps) => {
        await this.fill(caps);
        await snapshot.query('select 1');
      });
      return (await hashOf(snapshot, old)) === (await hashOf(snapshot, next));
    } finally {
      await snapshot.query('rollback').catch(() => undefined);
      snapshot.release();
    }
  }

  private whileHeld(work: (caps: Caps, tx: ClientBase) => Promise<void>): Promise<void> {
    const { pool, versions, old } = this.parts;
    return inTransaction(pool, async (tx) => {
      const caps = await versions.checkpoints(old).hold(tx);
      if (caps.size === 0) throw new Error(`${old.name} v${old.version} is not the live version any more`);
      await work(caps, tx);
    });
  }

  private tell(phase: RebuildProgress['phase']): void {
    const { next, onProgress } = this.parts;
    onProgress({ model: next.name, version: next.version, eventsHandled: this.handled, phase });
  }
}
