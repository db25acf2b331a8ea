/**
 * What every event store gives to Quadra, whatever stands behind it.
 *
 * A stream is append-only and numbered from 0; all events have one order, given by an opaque, growing `position`
 * (64-bit, never subtracted). An append is atomic for one stream and only at the exact revision that the caller saw.
 */

/** The name of the state "nothing was ever appended": the revision before the first event. */
export const NO_STREAM = -1;

/** Bytes of one append (events with their metadata). EventStoreDB refuses 1 MiB, so every adapter asserts this. */
export const MAX_APPEND_BYTES = 768 * 1024;

/** How an event was learned. `commandId` names the act that produced it and makes its event id repeatable. */
export interface EventMetadata {
  readonly $correlationId?: string;
  readonly $causationId?: string;
  readonly commandId: string;
  readonly actor: string;
  readonly schemaVersion?: number;
  readonly inputHash?: string;
  /** Where a fact was read: the file and the line in it. */
  readonly source?: { readonly fileId: string; readonly line?: number };
}

export interface NewEvent {
  readonly type: string;
  readonly data: object;
  readonly meta: EventMetadata;
  /** Only for an event that comes back from a backup: what it was before, kept instead of being made anew. All events of an append or none, with one instant. */
  readonly restored?: { readonly id: string; readonly recordedAt: string };
}

export interface StoredEvent<E extends { type: string; data: unknown } = { type: string; data: any }> {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: number;
  /** UUIDv5 of stream, command id and index of the event in its append. */
  readonly id: string;
  readonly type: E['type'];
  readonly data: E['data'];
  /** `recordedAt`: when we learned it, an instant; it never decreases with the position. */
  readonly meta: EventMetadata & { readonly recordedAt: string };
}

export interface AppendRequest {
  readonly stream: string;
  /** The revision of the last event that the decision was based on, or `NO_STREAM`. Never "any". */
  readonly expected: number;
  readonly events: readonly NewEvent[];
}

export type AppendResult =
  | { readonly ok: true; readonly revision: number; readonly position: bigint }
  /** The stream has moved on (or is not where the caller believed): reload, decide again. */
  | { readonly ok: false; readonly conflict: true };

/** A piece of the ordered feed: events in order, then the mark up to which nothing is missing. */
export interface FeedBatch {
  readonly events: readonly StoredEvent[];
  /** Everything at or below this position that the subscription asked for has been delivered. */
  readonly mark: bigint;
  /** The subscription has seen all that was stored when this batch was read. */
  readonly caughtUp: boolean;
}

export interface SubscribeOptions {
  /** Only streams of these categories (the part before the dash); an empty list means every category. */
  readonly categories: readonly string[];
  /** At most so many events a batch. */
  readonly batchSize: number;
  /** Ends the subscription. */
  readonly signal: AbortSignal;
}

export interface EventStore {
  append(request: AppendRequest): Promise<AppendResult>;
  /** Pipelines appends: one result each, no atomicity and no order among different streams; restored events keep the order of the requests. */
  appendMany(requests: readonly AppendRequest[]): Promise<readonly AppendResult[]>;
  /** The events of one stream from a revision on, in order; empty when there is none. */
  read(stream: string, from?: number): Promise<StoredEvent[]>;
  /** The events of many streams in one go; streams that do not exist are absent. */
  readMany(streams: readonly string[]): Promise<Map<string, StoredEvent[]>>;
  /**
   * Pulls the feed after a position: ordered batches, back-pressured by the consumer's own `for await`. At the end it
   * waits for more. A batch without events is delivered when the mark moves without any (so checkpoints advance), and once
   * at the start when there is nothing after the position (so the consumer learns that it is caught up).
   */
  subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<FeedBatch>;
  /** The position of the last event, 0 when the store is empty. */
  head(): Promise<bigint>;
  /** The last position that was recorded at or before an instant: what "as of" means. 0 when nothing was. */
  positionAt(instant: Date): Promise<bigint>;
  close(): Promise<void>;
}

/** Thrown when another writer has taken the store over: this one must not write again. */
export class WriterFenced extends Error {}

/** Thrown when an append is larger than `MAX_APPEND_BYTES`: a bug of the caller, who must split it. */
export class AppendTooLarge extends Error {}

/** Thrown when an append could not be kept by any store (no event, a bad stream name, U+0000 in a text): a bug of the caller. */
export class InvalidAppend extends Error {}

/** Thrown when the store cannot be reached for writing. Whether the append was written is unknown: append it again, the ids tell. */
export class StoreUnavailable extends Error {}
