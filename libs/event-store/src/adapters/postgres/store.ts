import { type Clock } from '@quadra/kernel';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pool } from 'pg';
import { pullFeed } from '../../feed';
import { HeadWatcher } from '../../head-watcher';
import {
  type AppendRequest,
  type AppendResult,
  type EventStore,
  type FeedBatch,
  type StoredEvent,
  type SubscribeOptions,
  type WriterFenced,
} from '../../port';
import { Committer } from './committer';
import { assertSchemaName, migrate } from './migrate';
import { Reader } from './reader';
import { Tail } from './tail';
import { WriterSession } from './writer-session';

export interface PostgresStoreOptions {
  /** Where to read; it stays the caller's to end. The writer opens a connection of its own with the same settings. */
  readonly pool?: Pool;
  /** Instead of a pool: one is made and ended with the store. */
  readonly connectionString?: string;
  /** The schema of the tables, `events` by default. */
  readonly schema?: string;
  /** Stamps `recordedAt`; the real clock by default. */
  readonly clock?: Clock;
  /** Called once when another writer has taken over: this process must stop writing, and better stop. */
  readonly onFenced?: (error: WriterFenced) => void;
  /** Reads and subscribes without being the writer; appends are refused. */
  readonly readOnly?: boolean;
  /** How long to wait for another living writer to leave, and for a lost database to return; 5,000 ms by default. */
  readonly patienceMs?: number;
  /** How many of the last events the writer keeps in memory for its subscribers; 20,000 by default. */
  readonly tailEvents?: number;
  /** How many stream heads the writer remembers; 200,000 by default (some 30 MB). */
  readonly cachedHeads?: number;
}

/** Looks for what other processes wrote: often when none of the events come from here, else only to notice a take-over. */
const POLL_MS = { reader: 100, writer: 1_000 };

/** Appends that are encoded in one turn of the event loop. */
const SLICE = 1_000;

class PostgresStore implements EventStore {
  private readonly closing = new AbortController();

  constructor(
    private readonly reader: Reader,
    private readonly watcher: HeadWatcher,
    private readonly committer: Committer | undefined,
    private readonly tail: Tail | undefined,
    private readonly release: () => Promise<void>,
  ) {}

  async append(request: AppendRequest): Promise<AppendResult> {
    const [result] = await this.appendMany([request]);
    return result!;
  }

  async appendMany(requests: readonly AppendRequest[]): Promise<readonly AppendResult[]> {
    const committer = this.writer();
    if (requests.length <= SLICE) return requests.length === 0 ? [] : committer.enqueue(requests);
    const slices: Promise<AppendResult[]>[] = [];
    for (let from = 0; from < requests.length; from += SLICE) {
      const slice = (async () => committer.enqueue(requests.slice(from, from + SLICE)))();
      slice.catch(() => undefined); // reported below, when all are answered
      slices.push(slice);
      await nextTurn(); // lets the writer send what is queued while the rest is encoded
    }
    await Promise.allSettled(slices);
    return (await Promise.all(slices)).flat();
  }

  read(stream: string, from = 0): Promise<StoredEvent[]> {
    return this.reader.read(stream, from);
  }

  readMany(streams: readonly string[]): Promise<Map<string, StoredEvent[]>> {
    return this.reader.readMany(streams);
  }

  subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<FeedBatch> {
    return pullFeed(
      {
        head: async () => (this.knowsHead() ? this.watcher.current : this.reader.head()),
        page: async (from, upTo, categories, limit) =>
          this.tail?.page(from, upTo, categories, limit) ?? this.reader.page(from, upTo, categories, limit),
        beyond: (position, signal) => this.watcher.beyond(position, signal),
      },
      after,
      { ...options, signal: AbortSignal.any([options.signal, this.closing.signal]) },
    );
  }

  head(): Promise<bigint> {
    return this.reader.head();
  }

  positionAt(instant: Date): Promise<bigint> {
    return this.reader.positionAt(instant);
  }

  /** Answers what waits, ends the subscriptions and gives the writer's lock back. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await this.committer?.drained();
    await this.release();
  }

  private knowsHead(): boolean {
    return this.committer !== undefined && !this.committer.isFenced;
  }

  private writer(): Committer {
    if (this.closing.signal.aborted) throw new Error('The event store is closed');
    if (!this.committer) throw new Error('The event store was opened to read only');
    return this.committer;
  }
}

/**
 * Opens the event store in a PostgreSQL database, creating its tables when they are not there. Without `readOnly` it becomes the one
 * writer. @throws Error when another living process is the writer and stays it, or when the database cannot be reached.
 */
export const openPostgresStore = async (options: PostgresStoreOptions): Promise<EventStore> => {
  const schema = assertSchemaName(options.schema ?? 'events');
  const pool = options.pool ?? new Pool({ connectionString: options.connectionString, max: 4 });
  if (!options.pool) pool.on('error', () => undefined); // an idle connection was lost; the next query opens another
  const endPool = async (): Promise<void> => (options.pool ? undefined : pool.end());
  try {
    await migrate(pool, schema);
    const reader = new Reader(pool, schema);
    const poll = { read: () => reader.head(), everyMs: options.readOnly ? POLL_MS.reader : POLL_MS.writer };
    const watcher = new HeadWatcher(poll);
    if (options.readOnly) return new PostgresStore(reader, watcher, undefined, undefined, endPool);
    const session = await WriterSession.open({ config: pool.options, schema, patienceMs: options.patienceMs ?? 5_000 });
    watcher.advance(session.head);
    const tail = new Tail(session.head, options.tailEvents);
    const committer = new Committer({
      session,
      tail,
      schema,
      watcher,
      clock: options.clock ?? { now: () => new Date() },
      cachedHeads: options.cachedHeads ?? 200_000,
      onFenced: (error) => options.onFenced?.(error),
    });
    return new PostgresStore(reader, watcher, committer, tail, async () => void (await Promise.all([session.close(), endPool()])));
  } catch (error) {
    await endPool();
    throw error;
  }
};
