import { setTimeout as sleep } from 'node:timers/promises';
import { type EncodedAppend, stampMeta } from '../../encode';
import { type AppendResult } from '../../port';
import { Connection } from './client';
import { Unreachable, WrongRevision } from './failures';
import { Gate } from './gate';
import { type Reader } from './reader';

const CONFLICT: AppendResult = { ok: false, conflict: true };

/** Look-ups at once: after an outage every append in flight wants one. */
const LOOK_UPS = 32;

/** An append that got no answer is given twice the time when it is sent again, up to so many times: a slow server must not be hurried. */
const DOUBLINGS = 5;

/** How long a connection that gave no more answers may take to end before it is left to itself. */
const FAREWELL_MS = 1_000;

class Silence extends Unreachable {}

const within = <T>(work: Promise<T>, ms: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Silence(`EventStoreDB: no answer to an append for ${ms} ms`)), ms);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: Error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });

export interface WriterOptions {
  readonly connectionString: string;
  readonly reader: Reader;
  readonly now: () => Date;
  /** When the last event that is already there was recorded, '' when there is none. */
  readonly recordedAt: string;
  readonly appendTimeoutMs: number;
}

/**
 * Sends an append once and learns what became of it. It has the one client that appends: the client keeps who waits for an answer in a
 * table of the whole process, and a broken connection of any client empties it.
 */
export class Writer {
  private connection: Connection;
  private ready: Promise<void> | undefined;
  private answeredAt = 0;
  private recordedAt: string;
  private readonly lookUps = new Gate(LOOK_UPS, LOOK_UPS);

  constructor(private readonly options: WriterOptions) {
    this.connection = new Connection(options.connectionString);
    this.recordedAt = options.recordedAt;
  }

  /** The answer to the nth attempt (from 0), or undefined when nobody knows whether it was or will be written. @throws Refused, AppendTooLarge: not written. */
  async send(append: EncodedAppend, attempt = 0): Promise<AppendResult | undefined> {
    if (this.ready) await this.ready;
    const { connection } = this;
    const sentAt = performance.now();
    const timeoutMs = this.options.appendTimeoutMs * 2 ** Math.min(attempt, DOUBLINGS);
    try {
      const position = await within(this.write(connection, append, timeoutMs), timeoutMs);
      this.answeredAt = performance.now();
      if (position === undefined) return await this.lookUp(append);
      return { ok: true, revision: append.expected + append.events.length, position };
    } catch (error) {
      if (error instanceof WrongRevision) return (await this.lookUp(append)) ?? CONFLICT;
      if (!(error instanceof Unreachable)) throw error;
      if (error instanceof Silence && this.answeredAt < sentAt) this.replace(connection);
      return undefined;
    }
  }

  /**
   * What stands behind the expected revision: the events of this append, so it was written; others, so it never will be; or nothing
   * yet (undefined), when it may still be on its way.
   */
  async lookUp(append: EncodedAppend): Promise<AppendResult | undefined> {
    await this.lookUps.enter(1);
    try {
      return await this.compare(append);
    } finally {
      this.lookUps.leave(1);
    }
  }

  async close(): Promise<void> {
    await this.ready;
    await this.connection.close();
  }

  private async compare({ stream, expected, events }: EncodedAppend): Promise<AppendResult | undefined> {
    const found = await this.options.reader.stream(stream, { from: expected + 1, limit: events.length });
    const last = found[events.length - 1];
    if (found.length === 0) return undefined;
    const same = last !== undefined && events.every((event, index) => event.id === found[index]!.id);
    return same ? { ok: true, revision: last.revision, position: last.position } : CONFLICT;
  }

  private write(connection: Connection, append: EncodedAppend, deadlineMs: number): Promise<bigint | undefined> {
    const { stream, expected, events, recordedAt, request } = append;
    const instant = this.stamp(recordedAt ?? this.options.now().toISOString());
    const stamped = events.map(({ id, type, meta }, i) => ({
      id,
      type,
      data: request.events[i]!.data,
      metadata: stampMeta(meta, instant),
    }));
    return connection.append(stream, expected, stamped, deadlineMs);
  }

  /** Not before what this writer recorded earlier, whatever the clock says. */
  private stamp(instant: string): string {
    if (instant > this.recordedAt) this.recordedAt = instant;
    return this.recordedAt;
  }

  /** A connection without a single answer since an append was sent is deaf: whatever waits on it is looked up, later ones use another. */
  private replace(deaf: Connection): void {
    if (this.connection !== deaf) return;
    this.connection = new Connection(this.options.connectionString);
    this.ready = Promise.race([deaf.close(), sleep(FAREWELL_MS, undefined, { ref: false })])
      .catch(() => undefined)
      .then(() => (this.ready = undefined));
  }
}
