import type { EventStore } from '@quadra/event-store';
import { partitionOf } from '../../partition';
import { KafkaClient, type LogEnds } from './client';
import { PartComparison } from './part-comparison';
import type { KafkaSettings } from './settings';
import { TopicReader } from './topic-reader';
import { type TopicComparison, TopicTally } from './topic-tally';
import { assertPartitions, EVENTS_PARTITIONS, EVENTS_TOPIC } from './topics';

export interface CompareTopicOptions {
  readonly kafka: KafkaSettings;
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly topic?: string;
  readonly partitions?: number;
  /** The position up to which a relay says that it has published; without it each partition answers for what it says itself. */
  readonly relayed?: bigint;
  readonly signal: AbortSignal;
  /** Told how many events of the store were compared. */
  readonly onProgress?: (events: number) => void;
}

const BATCH_SIZE = 1_000;

/**
 * Reads the private topic once, from the first message that it still holds to its present end, beside the store, and says what
 * differs. Memory does not grow with either: one pass over the store, bounded buffers for each partition.
 * @throws TopicMismatch when the topic has another number of partitions; what the brokers or the store answer; the reason of the
 * signal when it has ended.
 */
export const compareTopic = async (options: CompareTopicOptions): Promise<TopicComparison> => {
  const { kafka, topic = EVENTS_TOPIC, partitions = EVENTS_PARTITIONS, signal } = options;
  const client = new KafkaClient(kafka);
  const ends = await client.ends(topic);
  assertPartitions(topic, ends.size, partitions);
  const reader = new TopicReader(client, topic, ends, signal);
  try {
    const tally = new TopicTally();
    const low = async (partition: number): Promise<bigint> => (await client.ends(topic)).get(partition)?.low ?? 0n;
    const parts = partsOf(ends, reader, tally, low, options.relayed ?? 0n);
    const position = await alongStore(parts, options);
    return tally.result(position);
  } finally {
    await reader.close();
  }
};

const partsOf = (
  ends: ReadonlyMap<number, LogEnds>,
  reader: TopicReader,
  tally: TopicTally,
  low: (partition: number) => Promise<bigint>,
  relayed: bigint,
): PartComparison[] =>
  Array.from(
    { length: ends.size },
    (_, partition) =>
      new PartComparison({
        partition,
        ends: ends.get(partition)!,
        log: reader.cursor(partition),
        tally,
        relayed,
        low: () => low(partition),
      }),
  );

/** The store in order, each event beside its own partition. @returns how far the topic answers. */
const alongStore = async (parts: readonly PartComparison[], { store, signal, onProgress }: CompareTopicOptions): Promise<bigint> => {
  const starts = (await Promise.all(parts.map((part) => part.open()))).filter((start) => start !== undefined);
  if (starts.length === 0) return 0n;
  const after = starts.reduce((least, start) => (start < least ? start : least));
  let compared = 0;
  for await (const { events, mark, caughtUp } of store.subscribe(after, { categories: [], batchSize: BATCH_SIZE, signal })) {
    for (const event of events) await parts[partitionOf(event.stream, parts.length)]!.meet(event);
    for (const part of parts) await (caughtUp ? part.rest() : part.passed(mark));
    onProgress?.((compared += events.length));
    const end = endOf(parts);
    if (end !== undefined && (caughtUp || mark >= end)) return end;
  }
  throw signal.reason ?? new Error('The store ended before it was read');
};

/** @returns undefined while a partition is still being read. */
const endOf = (parts: readonly PartComparison[]): bigint | undefined => {
  const claims = parts.map(({ claimed }) => claimed);
  return claims.reduce<bigint | undefined>(
    (last, claim) => (last === undefined || claim === undefined ? undefined : claim > last ? claim : last),
    0n,
  );
};
