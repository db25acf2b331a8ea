import { StoreUnavailable, type StoredEvent } from '../../port';
import { type AllPage, type Connection, type StreamPage } from './client';
import { isOurs, toEvent } from './events';
import { StreamMissing } from './failures';
import { type RawEvent } from './raw';
import { patiently, type Settings } from './settings';

/** Streams that are read at once. */
const PARALLEL = 32;

/** Events of `$all` in one piece, at most. */
const PAGE = 256;

/** Every read of the server. An outage is waited for; @throws StoreUnavailable when it lasts longer than the patience. */
export class Reader {
  /** The last event of Quadra that was seen, and when it was recorded: nothing older has to be looked for again. */
  private known = { position: 0n, recordedAt: '' };

  constructor(
    private readonly connection: Connection,
    private readonly settings: Settings,
    private readonly closing: AbortSignal,
  ) {}

  async read(stream: string, from: number): Promise<StoredEvent[]> {
    return (await this.stream(stream, { from })).map(toEvent);
  }

  /** Streams in bounded parallel; those that do not exist are absent. */
  async readMany(streams: readonly string[]): Promise<Map<string, StoredEvent[]>> {
    const names = [...new Set(streams)];
    const found = new Map<string, StoredEvent[]>();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < names.length) {
        const name = names[next++]!;
        const events = await this.read(name, 0);
        if (events.length > 0) found.set(name, events);
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, names.length) }, lane));
    return found;
  }

  /** The events of one stream; none when it does not exist. */
  async stream(stream: string, page: StreamPage): Promise<RawEvent[]> {
    try {
      return await this.patiently(() => this.connection.readStream(stream, page, this.settings.readTimeoutMs));
    } catch (error) {
      if (error instanceof StreamMissing) return [];
      throw error;
    }
  }

  /** A piece of `$all`, system events included. */
  all(page: AllPage, patienceMs?: number): Promise<RawEvent[]> {
    return this.patiently(() => this.connection.readAll(page, this.settings.readTimeoutMs), patienceMs);
  }

  /** The position of the last event of Quadra, 0 when there is none. */
  async head(patienceMs = this.settings.patienceMs): Promise<bigint> {
    return (await this.last(patienceMs)).position;
  }

  /** The same without patience: undefined when the server does not say at once. */
  tryHead(): Promise<bigint | undefined> {
    return this.head(0).catch(() => undefined);
  }

  /** The same, with the instant at which it was recorded ('' when there is none). */
  async last(patienceMs = this.settings.patienceMs): Promise<{ readonly position: bigint; readonly recordedAt: string }> {
    const before = this.known;
    const found = await this.lastWhere(undefined, before.position, () => true, patienceMs);
    if (found && found.position > this.known.position)
      this.known = { position: found.position, recordedAt: toEvent(found).meta.recordedAt };
    return this.known;
  }

  /** The position of the last record of all, the server's own included. */
  async end(): Promise<bigint> {
    const [last] = await this.all({ backwards: true, limit: 1 });
    return last?.position ?? 0n;
  }

  /**
   * Walks back from before a position (from the end when undefined) to the first event of Quadra that fits. It stops at `floor`:
   * what stands there or before was seen earlier.
   */
  async lastWhere(
    from: bigint | undefined,
    floor: bigint,
    fits: (event: RawEvent) => boolean,
    patienceMs?: number,
  ): Promise<RawEvent | undefined> {
    for (let before = from, limit = 1; ; limit = Math.min(PAGE, limit * 8)) {
      const page = await this.all({ backwards: true, limit, ...(before !== undefined && { from: before }) }, patienceMs);
      for (const event of page) {
        if (event.position <= floor) return undefined;
        if (isOurs(event) && fits(event)) return event;
      }
      if (page.length < limit) return undefined;
      before = page.at(-1)!.position;
    }
  }

  private async patiently<T>(work: () => Promise<T>, patienceMs = this.settings.patienceMs): Promise<T> {
    if (this.closing.aborted) throw new StoreUnavailable('The event store is closed');
    return patiently(work, patienceMs, this.closing);
  }
}
