/**
 * The relay and the feed of the product, each in a process of its own, as the plain client is that they are compared with.
 *
 *   node dist/tools/bench/testing/own-kafka.js <broker> <topic> <events> produce|consume
 *
 * Events are made in memory, so the store is not measured. Prints the seconds and the seconds of processor time that it took.
 */
import { randomUUID } from 'node:crypto';
import { kafkaFeed, Relay, release } from '@quadra/event-feed';
import type { EventStore } from '@quadra/event-store';
import { slice } from '../feed-events';
import { stopwatch, type Taken } from '../stopwatch';

const LOOK_MS = 5;
const [broker, topic, events, what] = process.argv.slice(2) as [string, string, string, string];
const total = Number(events);
const kafka = { brokers: [broker], clientId: 'bench' };

type Source = Pick<EventStore, 'subscribe'>;

/** A log of so many events that costs nothing but their making. */
const madeUp = (count: number): Source => ({
  async *subscribe(after, { signal }) {
    for (let from = Number(after); from < count; from += 1_000) {
      yield { events: slice(from, count), mark: BigInt(Math.min(count, from + 1_000)), caughtUp: from + 1_000 >= count };
    }
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  },
});

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
};

const relayed = async (): Promise<Taken> => {
  const stop = new AbortController();
  let taken: (() => Taken) | undefined;
  const store: Source = {
    async *subscribe(after, options) {
      taken = stopwatch();
      yield* madeUp(total).subscribe(after, options);
    },
  };
  const relay = new Relay({ store, kafka, topic });
  const running = relay.run(stop.signal);
  await until(() => relay.status().position >= BigInt(total));
  const result = taken!();
  stop.abort();
  await running;
  return result;
};

const fed = async (): Promise<Taken> => {
  const feed = kafkaFeed({ kafka, store: madeUp(0), topic });
  const stop = new AbortController();
  let seen = 0;
  let taken: (() => Taken) | undefined;
  const running = feed.claim(
    `bench-${randomUUID()}`,
    async (part, signal) => {
      for await (const batch of part.subscribe({ position: 0n }, { categories: [], batchSize: 1_000, signal })) {
        if (batch.events.length > 0) taken ??= stopwatch();
        seen += batch.events.length;
        release(batch); // as processors do
        if (seen >= total) stop.abort();
      }
    },
    stop.signal,
  );
  await until(() => stop.signal.aborted);
  const result = taken!();
  await running;
  await feed.close();
  return result;
};

void (what === 'produce' ? relayed() : fed()).then((taken) => console.log(JSON.stringify(taken)));
