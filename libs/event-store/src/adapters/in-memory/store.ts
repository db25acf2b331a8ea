import { type Clock } from '@quadra/kernel';
import { type EncodedAppend, type EncodedEvent, encodeAppend, stampMeta } from '../../encode';
import { type FeedPage, pullFeed } from '../../feed';
import { HeadWatcher } from '../../head-watcher';
import {
  type AppendRequest,
  type AppendResult,
  type EventStore,
  type FeedBatch,
  type StoredEvent,
  type SubscribeOptions,
} from '../../port';

interface Row extends EncodedEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: number;
  readonly recordedAt: string;
}

/** Parsed at every read, as from a database: nobody can change what another reader sees. */
const toEvent = (row: Row): StoredEvent => ({
  position: row.position,
  stream: row.stream,
  revision: row.revision,
  id: row.id,
  type: row.type,
  data: JSON.parse(row.data),
  meta: JSON.parse(stampMeta(row.meta, row.recordedAt)),
});

const CONFLICT: AppendResult = { ok: false, conflict: true };

/** The event store in the memory of one process, for tests and trials: the same contract, and everything is gone at the end. */
class InMemoryStore implements EventStore {
  private readonly log: Row[] = [];
  private readonly streams = new Map<string, Row[]>();
  private readonly watcher = new HeadWatcher();
  private readonly closing = new AbortController();

  constructor(private readonly clock: Clock) {}

  async append(request: AppendRequest): Promise<AppendResult> {
    return this.write(encodeAppend(request));
  }

  async appendMany(requests: readonly AppendRequest[]): Promise<readonly AppendResult[]> {
    return requests.map(encodeAppend).map((append) => this.write(append));
  }

  async read(stream: string, from = 0): Promise<StoredEvent[]> {
    return (this.streams.get(stream) ?? []).slice(from).map(toEvent);
  }

  async readMany(streams: readonly string[]): Promise<Map<string, StoredEvent[]>> {
    return new Map(streams.filter((s) => this.streams.has(s)).map((s) => [s, this.streams.get(s)!.map(toEvent)]));
  }

  subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<FeedBatch> {
    return pullFeed(
      {
        head: () => this.head(),
        page: async (from, upTo, categories, limit) => this.page(from, upTo, categories, limit),
        beyond: (position, signal) => this.watcher.beyond(position, signal),
      },
      after,
      { ...options, signal: AbortSignal.any([options.signal, this.closing.signal]) },
    );
  }

  async head(): Promise<bigint> {
    return BigInt(this.log.length);
  }

  async positionAt(instant: Date): Promise<bigint> {
    const text = instant.toISOString();
    return BigInt(this.log.findLastIndex((row) => row.recordedAt <= text) + 1);
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private write({ stream, expected, events, recordedAt: restored }: EncodedAppend): AppendResult {
    if (this.closing.signal.aborted) throw new Error('The event store is closed');
    const rows = this.streams.get(stream) ?? [];
    if (rows.length - 1 !== expected) return this.repeated(rows, expected, events);
    const recordedAt = this.stamp(restored ?? this.clock.now().toISOString());
    for (const event of events) {
      const row: Row = { ...event, position: BigInt(this.log.length + 1), stream, revision: rows.length, recordedAt };
      this.log.push(row);
      rows.push(row);
    }
    this.streams.set(stream, rows);
    this.watcher.advance(BigInt(this.log.length));
    return { ok: true, revision: rows.length - 1, position: BigInt(this.log.length) };
  }

  private repeated(rows: readonly Row[], expected: number, events: readonly EncodedEvent[]): AppendResult {
    const last = rows[expected + events.length];
    const same = events.every((event, index) => rows[expected + 1 + index]?.id === event.id);
    return same && last ? { ok: true, revision: last.revision, position: last.position } : CONFLICT;
  }

  private stamp(instant: string): string {
    const last = this.log[this.log.length - 1]?.recordedAt ?? '';
    return instant > last ? instant : last;
  }

  private page(after: bigint, upTo: bigint, categories: readonly string[], limit: number): FeedPage {
    const wanted = new Set(categories);
    const events: StoredEvent[] = [];
    for (let index = Number(after); index < Number(upTo) && events.length < limit; index++) {
      const row = this.log[index]!;
      if (wanted.size === 0 || wanted.has(row.stream.slice(0, row.stream.indexOf('-')))) events.push(toEvent(row));
    }
    return { events, full: events.length >= limit };
  }
}

/** An empty event store in memory. `clock` stamps `recordedAt` (the real one by default). */
export const createInMemoryStore = ({ clock = { now: () => new Date() } }: { clock?: Clock } = {}): EventStore => new InMemoryStore(clock);
