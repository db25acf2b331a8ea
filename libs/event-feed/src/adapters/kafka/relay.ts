import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore, FeedBatch, StoredEvent } from '@quadra/event-store';
import { partitionOf } from '../../partition';
import { KafkaClient, type OutMessage } from './client';
import { lastPositions } from './last-positions';
import { eventMessage, watermarkMessage } from './message';
import { OrderedProducer } from './producer';
import type { KafkaSettings } from './settings';
import { assertPartitions, EVENTS_PARTITIONS, EVENTS_TOPIC } from './topics';

export interface RelayOptions {
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly kafka: KafkaSettings;
  readonly topic?: string;
  readonly partitions?: number;
  /** Milliseconds between two watermarks, and before a new attempt after an error. One second by default. */
  readonly everyMs?: number;
  readonly log?: (message: string, error?: unknown) => void;
}

export interface RelayStatus {
  /** Everything up to here is in the topic. */
  readonly position: bigint;
  readonly caughtUp: boolean;
  /** Why it does not publish at the moment. */
  readonly error?: string;
}

const BATCH_SIZE = 1_000;
/** Characters of one request: with the largest event on top it stays below the topic's `max.message.bytes`. */
const REQUEST_CHARACTERS = 1024 * 1024;
/** Also what has not moved is said again now and then, so that retention never empties a partition. */
const REPEAT_EVERY = 60;

/**
 * Publishes what the store holds to the private topic, in the order of the store, one request in flight. Where it goes on after
 * a start it reads in the topic itself. Two relays at once cost messages and break nothing: readers drop what they have passed.
 */
export class Relay {
  private readonly client: KafkaClient;
  private readonly topic: string;
  private readonly partitions: number;
  private readonly everyMs: number;
  /** The last position in each partition. */
  private last: bigint[] = [];
  private state: RelayStatus = { position: 0n, caughtUp: false };
  private rounds = 0;
  /** The request in flight; the next is prepared meanwhile. */
  private flight: Promise<void> = Promise.resolve();

  constructor(private readonly options: RelayOptions) {
    this.client = new KafkaClient(options.kafka);
    this.topic = options.topic ?? EVENTS_TOPIC;
    this.partitions = options.partitions ?? EVENTS_PARTITIONS;
    this.everyMs = options.everyMs ?? 1_000;
  }

  status(): RelayStatus {
    return this.state;
  }

  /** Publishes until the signal ends; errors of the store and of the brokers are outlived. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.publish(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.state = { ...this.state, caughtUp: false, error: (error as Error).message };
        this.options.log?.('relay: starting over from what the topic holds', error);
        await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async publish(signal: AbortSignal): Promise<void> {
    const ends = await this.client.ends(this.topic);
    assertPartitions(this.topic, ends.size, this.partitions);
    const found = await lastPositions(this.client, this.topic, ends);
    this.last = Array.from({ length: this.partitions }, (_, p) => found.get(p) ?? 0n);
    const after = this.last.reduce((least, position) => (position < least ? position : least));
    this.state = { position: after, caughtUp: false };
    const stop = new AbortController();
    const feed = this.options.store.subscribe(after, {
      categories: [],
      batchSize: BATCH_SIZE,
      signal: AbortSignal.any([signal, stop.signal]),
    });
    const producer = new OrderedProducer(this.client);
    this.flight = Promise.resolve();
    try {
      await this.follow(feed[Symbol.asyncIterator](), producer);
      await this.flight;
    } finally {
      stop.abort();
      await producer.close();
    }
  }

  /** Events as they come, watermarks by the clock, never both at once: one request is in flight. */
  private async follow(feed: AsyncIterator<FeedBatch>, producer: OrderedProducer): Promise<void> {
    let next = feed.next();
    for (let due = Date.now() + this.everyMs; ;) {
      const arrived = await within(next, due - Date.now());
      if (arrived?.done) return;
      if (arrived) {
        next = feed.next();
        next.catch(() => undefined); // met when it is awaited; a send may fail before
        await this.sendEvents(arrived.value, producer);
      }
      if (Date.now() >= due) {
        await this.sendWatermarks(producer);
        due = Date.now() + this.everyMs;
      }
    }
  }

  private async sendEvents({ events, mark, caughtUp }: FeedBatch, producer: OrderedProducer): Promise<void> {
    for (let from = 0; from < events.length;) {
      const { messages, end } = this.request(events, from);
      await this.launch(() => producer.send(this.topic, messages));
      from = end;
    }
    const sent = (): void => void (this.state = { position: mark, caughtUp });
    this.flight = this.flight.then(sent);
    this.flight.catch(() => undefined); // met when it is awaited
  }

  /** Starts a request when the one before has landed. @throws what made that one fail. */
  private async launch(send: () => Promise<void>): Promise<void> {
    await this.flight;
    this.flight = send();
    this.flight.catch(() => undefined);
  }

  /** As many events as fit into one request. */
  private request(events: readonly StoredEvent[], from: number): { messages: OutMessage[]; end: number } {
    const messages: OutMessage[] = [];
    let end = from;
    for (let characters = 0; end < events.length && characters < REQUEST_CHARACTERS; end++) {
      const event = events[end]!;
      const partition = partitionOf(event.stream, this.partitions);
      if (event.position <= this.last[partition]!) continue; // published before the start
      const message = eventMessage(partition, event, this.last[partition]!);
      this.last[partition] = event.position;
      characters += message.value!.length;
      messages.push(message);
    }
    return { messages, end };
  }

  private async sendWatermarks(producer: OrderedProducer): Promise<void> {
    await this.flight; // it may still move the position
    const { position } = this.state;
    const repeated = this.rounds++ % REPEAT_EVERY === 0;
    const messages: OutMessage[] = [];
    this.last.forEach((last, partition) => {
      if (last > position || (last === position && !repeated)) return;
      messages.push(watermarkMessage(partition, position, last));
      this.last[partition] = position;
    });
    await this.launch(() => producer.send(this.topic, messages));
  }
}

/** What a promise brings in time, else undefined. */
const within = async <T>(promise: Promise<T>, ms: number): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), Math.max(0, ms))));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};
