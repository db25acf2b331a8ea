import { KafkaClient, type TopicSpec } from './client';
import type { KafkaSettings } from './settings';

/** The private log of all events, read by Quadra's own services. */
export const EVENTS_TOPIC = 'quadra.events.v1';
export const EVENTS_PARTITIONS = 24;

/** A record batch of the relay holds up to 1 MiB beside one event, and an event is less than an append of the store. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
const WEEK_MS = 7 * 24 * 3600 * 1000;

export interface TopicOptions {
  readonly name: string;
  readonly partitions: number;
}

export interface EnsureTopicsOptions {
  /** The private topic of events by default. */
  readonly topics?: readonly TopicOptions[];
  /** Copies of each partition; the cluster must have as many brokers. 1 by default. */
  readonly replicationFactor?: number;
  /** How long messages are kept, in milliseconds; -1 for ever. A week by default: what is older is read from the store. */
  readonly retentionMs?: number;
}

/** Thrown when a topic exists with another number of partitions: events of an organization would change their partition. */
export class TopicMismatch extends Error {}

/**
 * The idempotent step of the administrator: creates the topics that are missing, and changes none that exists.
 * @throws TopicMismatch when one has another number of partitions; an error of the client when no broker answers.
 */
export const ensureTopics = async (settings: KafkaSettings, options: EnsureTopicsOptions = {}): Promise<void> => {
  const { topics = [{ name: EVENTS_TOPIC, partitions: EVENTS_PARTITIONS }], replicationFactor = 1, retentionMs = WEEK_MS } = options;
  const client = new KafkaClient(settings);
  const counts = await client.partitionCounts();
  for (const { name, partitions } of topics) {
    if (counts.has(name)) assertPartitions(name, counts.get(name)!, partitions);
  }
  const config = {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMs),
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
    'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
  };
  const missing = topics.filter(({ name }) => !counts.has(name));
  if (missing.length > 0) {
    await client.createTopics(missing.map(({ name, partitions }): TopicSpec => ({ topic: name, partitions, replicationFactor, config })));
  }
};

/** @throws TopicMismatch */
export const assertPartitions = (topic: string, found: number, wanted: number): void => {
  if (found === wanted) return;
  throw new TopicMismatch(
    `The topic ${topic} has ${found} partitions, not ${wanted}. The number is fixed: an organization stays in its partition. ` +
      `Set the same number everywhere, or create the topic anew under another name.`,
  );
};
