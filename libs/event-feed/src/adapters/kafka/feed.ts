import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore } from '@quadra/event-store';
import { partitionOf } from '../../partition';
import type { EventFeed } from '../../port';
import { KafkaClient, type LogEnds } from './client';
import { logPart } from './log-part';
import { GroupClaim } from './membership';
import type { KafkaSettings } from './settings';
import { assertPartitions, EVENTS_PARTITIONS, EVENTS_TOPIC } from './topics';

export interface KafkaFeedOptions {
  readonly kafka: KafkaSettings;
  /** Read where the topic does not reach back, or has a hole. */
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly topic?: string;
  readonly partitions?: number;
  /** Milliseconds without heartbeats after which the partitions of a process go to others. 30 seconds by default. */
  readonly sessionMs?: number;
  readonly log?: (message: string, error?: unknown) => void;
}

const RETRY_MS = 500;

/**
 * The feed of the cluster profile: the private topic that the relay fills. A group of processes shares the partitions through a
 * consumer group; offsets are not committed to Kafka but handed out as the cursor of each batch, to be stored with its rows.
 * `claim` outlives brokers that go and come. @throws TopicMismatch from `claim` when the topic has another number of partitions.
 */
export const kafkaFeed = (options: KafkaFeedOptions): EventFeed => {
  const { kafka, store, topic = EVENTS_TOPIC, partitions = EVENTS_PARTITIONS, sessionMs = 30_000, log = () => undefined } = options;
  const client = new KafkaClient(kafka);
  const closing = new AbortController();
  const claims = new Set<Promise<void>>();

  /** One question for all parts that ask at the same time: they do when a group has settled. */
  let asked: Promise<Map<number, LogEnds>> | undefined;
  const askEnds = (): Promise<Map<number, LogEnds>> => (asked ??= client.ends(topic).finally(() => (asked = undefined)));
  const allEnds = async (signal: AbortSignal): Promise<Map<number, LogEnds>> => {
    while (!signal.aborted) {
      try {
        return await askEnds();
      } catch (error) {
        log(`The ends of ${topic} cannot be read, trying again`, error);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return new Map();
  };
  const part = (partition: number, inbox: Parameters<typeof logPart>[0]['inbox']) =>
    logPart({
      partition,
      partitions,
      store,
      inbox,
      ends: async (signal) => (await allEnds(signal)).get(partition) ?? { low: 0n, high: 0n },
    });

  return {
    partitions,
    partitionOf: (stream) => partitionOf(stream, partitions),
    async claim(group, work, signal) {
      const ending = AbortSignal.any([signal, closing.signal]);
      const ends = await allEnds(ending);
      if (ending.aborted) return;
      assertPartitions(topic, ends.size, partitions);
      const claim = new GroupClaim({ client, group: `quadra.${group}`, topic, partitions, sessionMs, part, log }, work).run(ending);
      claims.add(claim);
      await claim.finally(() => claims.delete(claim));
    },
    async close() {
      closing.abort();
      await Promise.allSettled(claims);
    },
  };
};
