import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  BACKWARDS,
  END,
  EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  type Position,
  type ResolvedEvent,
  START,
  type StreamingRead,
  streamNameFilter,
} from '@eventstore/db-client';
import type { Duplex } from 'node:stream';
import { checkConnectionString } from './connection-string';
import { toFailure, Unreachable } from './failures';
import { PulledSubscription } from './pulled';
import { type FeedItem, type OutgoingEvent, type RawEvent, type Subscription } from './raw';

export interface AllPage {
  /** From this position on (or before it, backwards); the end of the log when absent. */
  readonly from?: bigint;
  readonly backwards: boolean;
  readonly limit: number;
}

export interface StreamPage {
  /** From this revision on; the last one when absent. */
  readonly from?: number;
  readonly backwards?: boolean;
  readonly limit?: number;
}

/** Every call asks for the leader: a follower may not have what was appended a moment ago. */
const LEADER = { requiresLeader: true };

/** Events that the server looks through between two checkpoints. */
const WINDOW = 500;

/** What a server older than 22.6 says instead of the position of an event in a stream. */
const NO_POSITION = 2n ** 64n - 1n;

const toRaw = (resolved: AllStreamResolvedEvent | ResolvedEvent): RawEvent => {
  const { streamId, revision, id, type, data, metadata, isJson, position } = resolved.event!;
  if (position === undefined || position.commit === NO_POSITION)
    throw new TypeError('EventStoreDB 22.6 or newer is needed: this one gives no positions');
  return { position: position.commit, stream: streamId, revision: Number(revision), id, type, data, metadata, isJson };
};

const at = (position: bigint) => ({ commit: position, prepare: position });

/** The parts of the client's inside that `harden` and `close` need. */
interface Inside {
  GRPCStreamCreator: (client: unknown, name: string, creator: (grpc: unknown) => Duplex, ...rest: unknown[]) => () => Promise<Duplex>;
  getChannel(): Promise<{ close(): void }>;
}

/**
 * Two ways in which the client's batch stream ends the whole process are closed: writes that wait behind a full socket are rejected
 * outside any promise when the connection breaks (so the socket never calls itself full: what is in flight is bounded by us), and an
 * answer to an append that was given up is taken for a caller that is not there.
 */
const hardenStream = (stream: Duplex): Duplex => {
  const write = stream.write.bind(stream) as (chunk: unknown) => boolean;
  stream.write = (chunk: unknown): true => (write(chunk), true);
  const [answer] = stream.listeners('data') as ((response: unknown) => void)[];
  stream.removeAllListeners('data').on('data', (response: unknown) => {
    try {
      answer!(response);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  });
  return stream;
};

const harden = (client: EventStoreDBClient): EventStoreDBClient => {
  const inside = client as unknown as Inside;
  const create = inside.GRPCStreamCreator;
  inside.GRPCStreamCreator = (type, name, creator, ...rest) =>
    create(type, name, name === 'appendToStream' ? (grpc) => hardenStream(creator(grpc)) : creator, ...rest);
  return client;
};

const UTF8 = new TextEncoder();

/** One client of the server: the only place that knows `@eventstore/db-client`. */
export class Connection {
  private readonly client: EventStoreDBClient;
  private used = false;

  /** @throws Error when the connection string cannot be used. Nothing is connected yet. */
  constructor(connectionString: string) {
    checkConnectionString(connectionString);
    this.client = harden(EventStoreDBClient.connectionString(connectionString));
  }

  /**
   * Appends at an exact revision; the server gives up after `deadlineMs`. @returns the position of the last event, undefined when the
   * server does not say. @throws WrongRevision, Refused, AppendTooLarge, or Unreachable: then the outcome is unknown.
   */
  async append(stream: string, expected: number, events: readonly OutgoingEvent[], deadlineMs: number): Promise<bigint | undefined> {
    // The client makes the text of the data itself. Bytes of metadata it takes as they are.
    const messages = events.map(({ id, type, data, metadata }) =>
      jsonEvent({ id, type, data: data as never, metadata: UTF8.encode(metadata) }),
    );
    this.used = true;
    const expectedRevision = expected < 0 ? NO_STREAM : BigInt(expected);
    try {
      const result = await this.client.appendToStream(stream, messages, { ...LEADER, expectedRevision, deadline: deadlineMs });
      return result.position?.commit;
    } catch (error) {
      throw toFailure(error);
    }
  }

  /** @throws StreamMissing, Refused, Unreachable (also when nothing comes for `idleMs`). */
  readStream(stream: string, { from, backwards = false, limit }: StreamPage, idleMs: number): Promise<RawEvent[]> {
    this.used = true;
    const fromRevision = from !== undefined ? BigInt(from) : backwards ? END : START;
    const direction = backwards ? BACKWARDS : FORWARDS;
    const options = { ...LEADER, fromRevision, direction, ...(limit !== undefined && { maxCount: limit }) } as const;
    return collect(this.client.readStream(stream, options), idleMs);
  }

  /** A piece of `$all`, system events included. @throws Refused, Unreachable (also when nothing comes for `idleMs`). */
  readAll({ from, backwards, limit }: AllPage, idleMs: number): Promise<RawEvent[]> {
    this.used = true;
    const fromPosition = from !== undefined ? at(from) : backwards ? END : START;
    const direction = backwards ? BACKWARDS : FORWARDS;
    return collect(this.client.readAll({ ...LEADER, fromPosition, direction, maxCount: limit }), idleMs);
  }

  /** Events of these categories (of all but the system's when empty) after a position, 0 for the start; `buffer` items wait here at most. */
  subscribe(after: bigint, categories: readonly string[], buffer: number): Subscription {
    // The client calls this as soon as the mark arrives, ahead of events that nobody has taken yet: it goes into their queue.
    const checkpointReached = (subscription: AllStreamSubscription, { commit }: Position): void =>
      void subscription.push({ checkpoint: commit } satisfies FeedItem);
    const window = { maxSearchWindow: WINDOW, checkpointInterval: 1, checkpointReached };
    const prefixes = categories.map((name) => `${name}-`);
    const filter = prefixes.length > 0 ? streamNameFilter({ ...window, prefixes }) : streamNameFilter({ ...window, regex: '^[^$]' });
    this.used = true;
    const fromPosition = after === 0n ? START : at(after);
    const subscription = this.client.subscribeToAll({ ...LEADER, fromPosition, filter }, { highWaterMark: buffer });
    return new PulledSubscription(subscription, (resolved: AllStreamResolvedEvent) => (resolved.event ? toRaw(resolved) : undefined));
  }

  /** Ends what still runs and gives the socket back. */
  async close(): Promise<void> {
    await this.client.dispose();
    if (!this.used) return; // asking for the channel would make one, and look for a cluster first
    const channel = await (this.client as unknown as Inside).getChannel().catch(() => undefined);
    channel?.close();
  }
}

/** Everything a read gives, as a list. The client sets no deadline, so silence is measured here. */
const collect = (read: StreamingRead<AllStreamResolvedEvent | ResolvedEvent>, idleMs: number): Promise<RawEvent[]> =>
  new Promise((resolve, reject) => {
    const events: RawEvent[] = [];
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      reject(toFailure(error));
    };
    const timer = setTimeout(() => {
      void read.cancel().catch(() => undefined);
      fail(new Unreachable(`EventStoreDB: a read got nothing for ${idleMs} ms`));
    }, idleMs);
    read.on('data', (resolved) => {
      timer.refresh();
      try {
        if (resolved.event) events.push(toRaw(resolved));
      } catch (error) {
        fail(error);
      }
    });
    read.on('error', fail);
    read.on('end', () => {
      clearTimeout(timer);
      resolve(events);
    });
  });
