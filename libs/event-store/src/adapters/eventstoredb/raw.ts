/** An event as the server gives it. */
export interface RawEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  /** Data and metadata were JSON. */
  readonly isJson: boolean;
}

export interface OutgoingEvent {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  /** A JSON text. */
  readonly metadata: string;
}

/** What a subscription delivers, in the order in which the server sent it. */
export type FeedItem =
  | { readonly event: RawEvent }
  /** Everything that was asked for and stands *before* this position was sent. It need not be the place of an event. */
  | { readonly checkpoint: bigint }
  /** The server has reached the end of the log (true) or the subscription fell back (false). */
  | { readonly live: boolean };

/** A running subscription, pulled: the server waits when nobody reads. */
export interface Subscription {
  /** The next item that is here; null when none is. @throws what broke the subscription, after all that came before. */
  read(): FeedItem | null;
  /** Items are here. */
  readonly waiting: boolean;
  /** Resolves when `read` has something to say, at the latest after some milliseconds, or on the signal. */
  wait(atMostMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
