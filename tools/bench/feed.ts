/**
 * The relay and the feed beside the plain Kafka client in one run: events per second, produced and consumed.
 *
 *   node dist/tools/bench/feed.js [events]      (100000 by default)
 *
 * It runs a broker of its own on the loopback, and both sides in turn, three times. Events are made in memory on both sides, so the
 * store is not measured. The plain client serializes and parses the same JSON. Prints a table and one JSON line.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureTopics, EVENTS_PARTITIONS, kafkaFeed, Relay } from '@quadra/event-feed';
import type { EventStore } from '@quadra/event-store';
import { startKafka } from '../kafka';
import { slice } from './feed-events';
import { stopwatch, type Taken } from './stopwatch';

const run = promisify(execFile);
const ROUNDS = 3;
const LOOK_MS = 5;

type Source = Pick<EventStore, 'subscribe'>;

/** A log of so many events that costs nothing but their making. */
const madeUp = (total: number): Source => ({
  async *subscribe(after, { signal }) {
    for (let from = Number(after); from < total; from += 1_000) {
      yield { events: slice(from, total), mark: BigInt(Math.min(total, from + 1_000)), caughtUp: from + 1_000 >= total };
    }
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  },
});

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
};

interface Place {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly total: number;
}

const relayed = async ({ brokers, topic, total }: Place): Promise<Taken> => {
  const stop = new AbortController();
  let taken: (() => Taken) | undefined;
  const source: Source = {
    async *subscribe(after, options) {
      taken = stopwatch();
      yield* madeUp(total).subscribe(after, options);
    },
  };
  const relay = new Relay({ store: source, kafka: { brokers, clientId: 'bench' }, topic });
  const running = relay.run(stop.signal);
  await until(() => relay.status().position >= BigInt(total));
  const result = taken!();
  stop.abort();
  await running;
  return result;
};

const fed = async ({ brokers, topic, total }: Place): Promise<Taken> => {
  const feed = kafkaFeed({ kafka: { brokers, clientId: 'bench' }, store: madeUp(0), topic });
  const stop = new AbortController();
  let seen = 0;
  let taken: (() => Taken) | undefined;
  const running = feed.claim(
    `bench-${randomUUID()}`,
    async (part, signal) => {
      for await (const batch of part.subscribe({ position: 0n }, { categories: [], batchSize: 1_000, signal })) {
        if (batch.events.length > 0) taken ??= stopwatch();
        seen += batch.events.length;
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

/** In a process of its own: it may import the client, the product's tools may not. */
const raw = async ({ brokers, topic, total }: Place, what: 'produce' | 'consume'): Promise<Taken> => {
  const script = join(__dirname, 'testing', 'raw-kafka.js');
  const { stdout } = await run(process.execPath, [script, brokers[0]!, topic, String(EVENTS_PARTITIONS), String(total), what]);
  return JSON.parse(stdout) as Taken;
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const NAMES = ['relay', 'plain producer', 'feed', 'plain consumer'] as const;
type Results = Record<(typeof NAMES)[number], Taken[]>;

const report = (results: Results, total: number): void => {
  const rate = (name: keyof Results, of: keyof Taken): number => Math.round(total / median(results[name].map((taken) => taken[of])));
  const ratio = (own: keyof Results, plain: keyof Results, of: keyof Taken): number =>
    Math.round((100 * rate(own, of)) / rate(plain, of)) / 100;
  const rows = NAMES.map((name) => [name, { perSecond: rate(name, 'wall'), perProcessorSecond: rate(name, 'cpu') }]);
  console.table(Object.fromEntries(rows));
  const ratios = (of: keyof Taken) => ({ produce: ratio('relay', 'plain producer', of), consume: ratio('feed', 'plain consumer', of) });
  console.log(JSON.stringify({ events: total, ...Object.fromEntries(rows), ratio: ratios('wall'), processorRatio: ratios('cpu') }));
};

const measure = async (brokers: readonly string[], total: number): Promise<void> => {
  const results: Results = { relay: [], 'plain producer': [], feed: [], 'plain consumer': [] };
  for (let round = 0; round < ROUNDS; round++) {
    const topics = [`ours-${randomUUID()}`, `raw-${randomUUID()}`] as const;
    await ensureTopics({ brokers, clientId: 'bench' }, { topics: topics.map((name) => ({ name, partitions: EVENTS_PARTITIONS })) });
    const [ours, theirs] = topics.map((topic): Place => ({ brokers, topic, total })) as [Place, Place];
    results['plain producer'].push(await raw(theirs, 'produce'));
    results.relay.push(await relayed(ours));
    results['plain consumer'].push(await raw(theirs, 'consume'));
    results.feed.push(await fed(ours));
  }
  report(results, total);
};

const main = async (): Promise<void> => {
  const total = Number(process.argv[2] ?? 100_000);
  if (!Number.isSafeInteger(total) || total < 1) throw new Error(`Not a number of events: ${process.argv[2]}`);
  const kafka = await startKafka({ dir: mkdtempSync(join(tmpdir(), 'quadra-bench-kafka-')) });
  try {
    await measure(kafka.brokers, total);
  } finally {
    await kafka.remove();
  }
};

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
