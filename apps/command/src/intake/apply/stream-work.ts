import type { AppendRequest, EventMetadata, NewEvent, StoredEvent } from '@quadra/event-store';
import { NO_STREAM } from '@quadra/event-store';

export interface Fact {
  readonly type: string;
  readonly data: object;
}

/** The deciding functions of one kind of stream. */
export interface Rules<C, S, E extends Fact> {
  readonly initial: S;
  decide(command: C, state: S): readonly E[];
  evolve(state: S, event: E): S;
}

/** One record of a file as it concerns one stream. */
export interface Step<C, S, E extends Fact> {
  readonly command: C;
  readonly meta: EventMetadata;
  /**
   * Called once, when the decision stands. `facts`: what this record brought, now or in an earlier run of the same import that
   * was interrupted; empty when all of it was known. `before`: the state that it was decided on.
   */
  settle(facts: readonly E[], before: S): void;
}

/** Bytes of data and metadata in one append, well below what a store refuses. */
const MAX_PIECE_BYTES = 600 * 1024;
const META_BYTES = 600;
/** So few events (each at most 256 KiB) always fit. */
const ALWAYS_FIT = 2;
const MAX_CONFLICTS = 50;

interface Decision<C, S, E extends Fact> {
  readonly step: Step<C, S, E>;
  readonly facts: readonly E[];
  readonly before: S;
}

/** A work as far as it is brought to rest, whatever it decides on. */
export interface Work {
  readonly stream: string;
  /** Nothing is known of the stream yet, neither read nor written. */
  readonly unread: boolean;
  /** The next append, or nothing when all is said. */
  next(): AppendRequest | undefined;
  /** The append that `next` asked for stands, and ends at this revision. */
  accepted(count: number, revision: number): void;
  /** What the stream really holds, after a conflict: everything is decided anew on it. */
  reload(events: readonly StoredEvent[]): void;
  /** What the stream holds, before the first decision. */
  load(events: readonly StoredEvent[]): void;
}

/**
 * What one file says to one stream: decided on the state that is believed, appended at exactly its revision, and decided
 * again on what the stream really holds when the belief was wrong. The first belief is that the stream does not exist: nearly
 * always true, and it costs no read.
 */
export class StreamWork<C, S, E extends Fact> implements Work {
  private steps: Step<C, S, E>[] = [];
  private state: S;
  private revision = NO_STREAM;
  private known: Map<string, E[]> | undefined;
  private waiting: NewEvent[] | undefined;
  private decisions: Decision<C, S, E>[] = [];
  /** The state once all decisions stand; apart from `state`, so that a reload can start over. */
  private after: S;
  private conflicts = 0;

  constructor(
    readonly stream: string,
    private readonly rules: Rules<C, S, E>,
    private readonly fileId: string,
  ) {
    this.state = this.after = rules.initial;
  }

  add(step: Step<C, S, E>): void {
    this.steps.push(step);
    this.waiting = undefined;
  }

  get unread(): boolean {
    return this.known === undefined && this.revision === NO_STREAM;
  }

  next(): AppendRequest | undefined {
    this.waiting ??= this.decide();
    if (this.waiting.length === 0) {
      if (this.steps.length > 0) this.finish();
      return undefined;
    }
    return { stream: this.stream, expected: this.revision, events: this.waiting.slice(0, fitting(this.waiting)) };
  }

  accepted(count: number, revision: number): void {
    this.revision = revision;
    this.waiting!.splice(0, count);
  }

  reload(events: readonly StoredEvent[]): void {
    if (++this.conflicts > MAX_CONFLICTS) throw new Error(`${this.stream} changed ${MAX_CONFLICTS} times under one decision`);
    this.load(events);
  }

  load(events: readonly StoredEvent[]): void {
    this.state = this.rules.initial;
    this.revision = NO_STREAM;
    this.known = new Map();
    for (const event of events) {
      this.state = this.rules.evolve(this.state, event as unknown as E);
      this.revision = event.revision;
      if (event.meta.source?.fileId !== this.fileId) continue;
      const of = this.known.get(event.meta.commandId);
      if (of) of.push(event as unknown as E);
      else this.known.set(event.meta.commandId, [event as unknown as E]);
    }
    this.waiting = undefined;
  }

  private decide(): NewEvent[] {
    const all: NewEvent[] = [];
    this.decisions = [];
    let state = this.state;
    for (const step of this.steps) {
      const before = state;
      const events = this.rules.decide(step.command, before);
      for (const event of events) {
        all.push({ type: event.type, data: event.data, meta: step.meta });
        state = this.rules.evolve(state, event);
      }
      const own = this.known?.get(step.meta.commandId);
      this.decisions.push({ step, facts: own ? [...own, ...events] : events, before });
    }
    this.after = state;
    return all;
  }

  private finish(): void {
    this.state = this.after;
    for (const { step, facts, before } of this.decisions) step.settle(facts, before);
    this.steps = [];
    this.decisions = [];
    this.waiting = undefined;
    this.conflicts = 0;
  }
}

/** How many of the first events go into one append. */
const fitting = (events: readonly NewEvent[]): number => {
  if (events.length <= ALWAYS_FIT) return events.length;
  let bytes = 0;
  for (let i = 0; i < events.length; i++) {
    bytes += Buffer.byteLength(JSON.stringify(events[i]!.data)) + META_BYTES;
    if (bytes > MAX_PIECE_BYTES && i > 0) return i;
  }
  return events.length;
};
