/**
 * The relay and the feed beside the plain Kafka client in one run: events per second, produced and consumed.
 *
 *   node dist/tools/bench/feed.js [events]      (100000 by default)
 *
 * It runs a broker of its own on the loopback, and both sides in turn, three times, each time in a new process. Events are made in
 * memory on both sides, so the store is not measured. The plain client serializes and parses the same JSON. Prints a table and one JSON line.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureTopics, EVENTS_PARTITIONS } from '@quadra/event-feed';
import { startKafka } from '../kafka';
import type { Taken } from './stopwatch';

const run = promisify(execFile);
const ROUNDS = 3;
interface Place {
  readonly broker: string;
  readonly topic: string;
  readonly total: number;
}

type What = 'produce' | 'consume';

const measured = async (script: string, args: readonly (string | number)[]): Promise<Taken> => {
  const { stdout } = await run(process.execPath, [join(__dirname, 'testing', script), ...args.map(String)]);
  return JSON.parse(stdout) as Taken;
};

/* Each in a process of its own: what ran before neither warms it nor fills its memory. */
const own = ({ broker, topic, total }: Place, what: What): Promise<Taken> => measured('own-kafka.js', [broker, topic, total, what]);
const plain = ({ broker, topic, total }: Place, what: What): Promise<Taken> =>
  measured('raw-kafka.js', [broker, topic, EVENTS_PARTITIONS, total, what]);

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
    const [ours, theirs] = topics.map((topic): Place => ({ broker: brokers[0]!, topic, total })) as [Place, Place];
    results['plain producer'].push(await plain(theirs, 'produce'));
    results.relay.push(await own(ours, 'produce'));
    results['plain consumer'].push(await plain(theirs, 'consume'));
    results.feed.push(await own(ours, 'consume'));
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
