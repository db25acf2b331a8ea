import { type LogEvent, type ProposedEvent } from './events';
import { type Journal } from './journal';

/** The revision that an append expects; the double takes exact ones only. */
export type Written =
  { readonly ok: true; readonly revision: number; readonly position: bigint } | { readonly ok: false; readonly current: number };

/** Past 2^53, so that a position which goes through a JavaScript number shows. */
const FIRST_POSITION = 2n ** 53n + 1n;

const OVERHEAD = 64;

/** After so many events of clients the server writes one of its own into `$all`. */
const SYSTEM_EVERY = 40;

const text = (value: object): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)));

/**
 * The log of the double: events have byte offsets as positions, with gaps, beyond the safe integers, and the next event is written at
 * `end` exactly, as in the real log. Whoever takes `end` for a place that was read misses the next event.
 */
export class Log {
  readonly events: LogEvent[] = [];
  end = FIRST_POSITION;
  private readonly streams = new Map<string, LogEvent[]>();
  private readonly waiting = new Set<() => void>();
  private sinceSystem = 0;

  constructor(private readonly journal?: Journal) {
    for (const { stream, created, events } of journal?.load() ?? []) this.push(stream, events, created);
    if (this.events.length === 0) this.writeSystem();
  }

  stream(name: string): readonly LogEvent[] | undefined {
    return this.streams.get(name);
  }

  /** Exact expected revisions and the server's idempotency: the same ids behind the expected revision are the same append. */
  append(stream: string, expected: number, events: readonly ProposedEvent[]): Written {
    const rows = this.streams.get(stream) ?? [];
    const current = rows.length - 1;
    if (current !== expected) return this.repeated(rows, expected, events);
    const created = Date.now();
    this.journal?.write({ stream, created, events });
    const last = this.push(stream, events, created)!;
    this.sinceSystem += events.length;
    if (this.sinceSystem >= SYSTEM_EVERY) this.writeSystem();
    this.wake();
    return { ok: true, revision: last.revision, position: last.position };
  }

  /** The index of the first event at or after a position. */
  indexOf(position: bigint): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether a record begins there: reading from anywhere else fails in the real server too. */
  begins(position: bigint): boolean {
    return position === this.end || this.events[this.indexOf(position)]?.position === position;
  }

  /** Resolves when something was written after the call, or when `over` aborts. */
  moved(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        over.removeEventListener('abort', done);
        resolve();
      };
      if (over.aborted) return resolve();
      this.waiting.add(done);
      over.addEventListener('abort', done);
    });
  }

  private writeSystem(): void {
    this.sinceSystem = 0;
    const event = {
      id: crypto.randomUUID(),
      type: '$statsCollected',
      contentType: 'application/json',
      data: text({ up: 1 }),
      metadata: text({}),
    };
    const [stream, created] = ['$stats-127.0.0.1:2113', Date.now()];
    this.journal?.write({ stream, created, events: [event] });
    this.push(stream, [event], created);
  }

  private repeated(rows: readonly LogEvent[], expected: number, events: readonly ProposedEvent[]): Written {
    const last = rows[expected + events.length];
    const same = last !== undefined && events.every((event, index) => rows[expected + 1 + index]?.id === event.id);
    return same ? { ok: true, revision: last.revision, position: last.position } : { ok: false, current: rows.length - 1 };
  }

  private push(stream: string, events: readonly ProposedEvent[], created: number): LogEvent | undefined {
    const rows = this.streams.get(stream) ?? [];
    this.streams.set(stream, rows);
    for (const event of events) {
      const row: LogEvent = { ...event, stream, created, revision: rows.length, position: this.end };
      this.end += BigInt(OVERHEAD + event.data.length + event.metadata.length);
      this.events.push(row);
      rows.push(row);
    }
    return rows.at(-1);
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}
