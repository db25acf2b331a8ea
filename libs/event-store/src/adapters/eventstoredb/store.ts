import { type Clock } from '@quadra/kernel';
import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeAppend } from '../../encode';
import { HeadWatcher } from '../../head-watcher';
import {
  type AppendRequest,
  type AppendResult,
  type EventStore,
  type FeedBatch,
  type StoredEvent,
  type SubscribeOptions,
} from '../../port';
import { Appender } from './appender';
import { Connection } from './client';
import { followAll } from './feed';
import { positionAt } from './instants';
import { type Subscription } from './raw';
import { Reader } from './reader';
import { DEFAULTS, type Settings } from './settings';
import { Writer } from './writer';

/** Times in milliseconds, each with a default. */
export interface EventStoreDbOptions extends Partial<Settings> {
  /** `esdb://user:password@host:2113?tls=true`: credentials belong here, given with a call they would switch batches off. */
  readonly connectionString: string;
  /** Stamps `recordedAt`; the real clock by default. */
  readonly clock?: Clock;
  /** A stream that grows with the log and so helps to find instants; the seals by default. */
  readonly milestones?: string;
}

const MILESTONES = 'seal-all';

/**
 * Appends that are encoded in one turn of the event loop, and slices of one call that may be under way: what waits for its turn is
 * moved by the garbage collector again and again.
 */
const SLICE = 500;
const SLICES_AT_ONCE = 2;

class EventStoreDb implements EventStore {
  private closed: Promise<void> | undefined;

  constructor(
    private readonly connect: () => Connection,
    private readonly connection: Connection,
    private readonly reader: Reader,
    private readonly writer: Writer,
    private readonly appender: Appender,
    private readonly watcher: HeadWatcher,
    private readonly settings: Settings,
    private readonly milestones: string,
    private readonly closing: AbortController,
  ) {}

  async append(request: AppendRequest): Promise<AppendResult> {
    const [result] = await this.appendMany([request]);
    return result!;
  }

  async appendMany(requests: readonly AppendRequest[]): Promise<readonly AppendResult[]> {
    const answers: Promise<AppendResult[]>[] = [];
    for (let from = 0; from < requests.length; from += SLICE) {
      if (from > 0) await nextTurn();
      if (answers.length >= SLICES_AT_ONCE) await answers.at(-SLICES_AT_ONCE)!.catch(() => undefined);
      const slice = (async () => this.appendSlice(requests.slice(from, from + SLICE)))();
      slice.catch(() => undefined); // reported below, when all are answered
      answers.push(slice);
      if (requests[from]!.events[0]?.restored) await slice;
    }
    await Promise.allSettled(answers);
    return (await Promise.all(answers)).flat();
  }

  read(stream: string, from = 0): Promise<StoredEvent[]> {
    return this.reader.read(stream, from);
  }

  readMany(streams: readonly string[]): Promise<Map<string, StoredEvent[]>> {
    return this.reader.readMany(streams);
  }

  subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<FeedBatch> {
    const { reader, watcher, settings, closing } = this;
    const open = (from: bigint, categories: readonly string[], buffer: number): Subscription => this.open(from, categories, buffer);
    return followAll({ open, reader, watcher, settings }, after, { ...options, signal: AbortSignal.any([options.signal, closing.signal]) });
  }

  head(): Promise<bigint> {
    return this.reader.head();
  }

  positionAt(instant: Date): Promise<bigint> {
    return positionAt(this.reader, this.milestones, instant);
  }

  /** Answers what is in flight, ends the subscriptions and the connections. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async appendSlice(requests: readonly AppendRequest[]): Promise<AppendResult[]> {
    if (this.closing.signal.aborted) throw new Error('The event store is closed');
    const appends = requests.map(encodeAppend);
    const restored = appends.some((append) => append.recordedAt !== undefined);
    const results = restored
      ? await this.appender.appendInOrder(appends)
      : await Promise.all(appends.map((append) => this.appender.append(append)));
    for (const result of results) if (result.ok) this.watcher.advance(result.position);
    return results;
  }

  /** Each subscription has a client of its own: what breaks or ends one does not touch the others. */
  private open(after: bigint, categories: readonly string[], buffer: number): Subscription {
    const connection = this.connect();
    const subscription = connection.subscribe(after, categories, buffer);
    const close = async (): Promise<void> => {
      await subscription.close();
      await connection.close();
    };
    return {
      close,
      read: () => subscription.read(),
      wait: (ms, signal) => subscription.wait(ms, signal),
      get waiting() {
        return subscription.waiting;
      },
    };
  }

  private async end(): Promise<void> {
    this.closing.abort();
    await this.appender.drained();
    await this.writer.close();
    await this.connection.close();
  }
}

/**
 * Opens the event store in EventStoreDB 22.6 or newer. Several processes may write at once; each keeps what it records in the order of
 * its own clock. @throws Error when the connection string cannot be used; StoreUnavailable when the server does not answer within
 * `patienceMs`.
 */
export const openEventStoreDb = async (options: EventStoreDbOptions): Promise<EventStore> => {
  const { connectionString, clock = { now: () => new Date() }, milestones = MILESTONES, ...given } = options;
  const settings = { ...DEFAULTS, ...given };
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // everything that waits listens to it
  const connect = (): Connection => new Connection(connectionString);
  const connection = connect();
  const reader = new Reader(connection, settings, closing.signal);
  try {
    const { recordedAt } = await reader.last();
    const writer = new Writer({ connectionString, reader, now: () => clock.now(), recordedAt, appendTimeoutMs: settings.appendTimeoutMs });
    const appender = new Appender(writer, settings, closing.signal);
    const watcher = new HeadWatcher({ read: () => reader.head(0), everyMs: settings.pollMs });
    return new EventStoreDb(connect, connection, reader, writer, appender, watcher, settings, milestones, closing);
  } catch (error) {
    await connection.close();
    throw error;
  }
};
