import type { EventStore } from '@quadra/event-store';
import type { KafkaSettings } from '@quadra/event-feed';
import { Relay, ensureTopics } from '@quadra/event-feed';
import type { MetricsRegistry } from '@quadra/platform';
import { whileLeading } from '@quadra/platform';

const DAY_MS = 24 * 3600 * 1000;

export interface RelayOptions {
  readonly store: EventStore;
  readonly kafka: KafkaSettings;
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionDays: number;
  /** Of the processes on this database one publishes at a time. */
  readonly databaseUrl: string;
  readonly log: (message: string, error?: unknown) => void;
}

export interface RunningRelay {
  measure(metrics: MetricsRegistry): void;
  /** Everything up to here is in the topic, as far as this process knows; 0 when it has never published. */
  position(): bigint;
  /** Ends when what is under way has been acknowledged. */
  stop(): Promise<void>;
}

/** Publishes what the store holds to the topic that the processors read. @throws TopicMismatch, or what the brokers answer. */
export const startRelay = async (options: RelayOptions): Promise<RunningRelay> => {
  const { store, kafka, topic, partitions, replicationFactor, retentionDays, databaseUrl: connectionString, log } = options;
  await ensureTopics(kafka, { topics: [{ name: topic, partitions }], replicationFactor, retentionMs: retentionDays * DAY_MS });
  const relay = new Relay({ store, kafka, topic, partitions, log });
  const abort = new AbortController();
  let isLeading = false;
  const running = whileLeading({ connectionString, name: `quadra/relay/${topic}`, signal: abort.signal, log }, async (signal) => {
    isLeading = true;
    await relay.run(signal);
    isLeading = false;
  });
  return {
    position: () => relay.status().position,
    measure: (metrics) => {
      metrics.gauge('quadra_relay_leads', 'Whether this process is the one that publishes.', () => [
        { labels: {}, value: Number(isLeading) },
      ]);
      metrics.gauge('quadra_relay_caught_up', 'Whether everything that is stored has been published.', () =>
        isLeading ? [{ labels: {}, value: Number(relay.status().caughtUp) }] : [],
      );
    },
    stop: async () => {
      abort.abort();
      await running;
    },
  };
};
