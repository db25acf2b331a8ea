import type { Pool } from 'pg';
import type { KafkaSettings, PublicEventSink } from '@quadra/event-feed';
import { PUBLIC_TOPICS, TopicMismatch, ensureTopics, publisher } from '@quadra/event-feed';
import type { Keyring } from '@quadra/platform';
import { openKeyring } from '@quadra/platform';
import { kafkaSink } from './kafka-sink';
import type { PublicEventsService } from './service';
import { startPublicEvents } from './service';
import type { PublicEventsSettings } from './settings';

export interface ClusterOptions {
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly kafka?: KafkaSettings;
  readonly settings: PublicEventsSettings;
  readonly log: (message: string, error?: unknown) => void;
}

const PARTITIONS = 12;
const YEAR_MS = 365 * 24 * 3_600_000;

/** Creates the public topics that are missing; one that an operator made otherwise is as good. */
const createTopics = async (kafka: KafkaSettings, replicationFactor: number): Promise<void> => {
  for (const name of Object.values(PUBLIC_TOPICS)) {
    await ensureTopics(kafka, { topics: [{ name, partitions: PARTITIONS }], replicationFactor, retentionMs: YEAR_MS }).catch(
      (error: unknown) => {
        if (!(error instanceof TopicMismatch)) throw error;
      },
    );
  }
};

/** Publishes to Kafka. The topics are looked for at the first events, so that this process starts while no broker answers. */
const sinkOf = (kafka: KafkaSettings, replicationFactor: number): { sink: PublicEventSink; close: () => Promise<void> } => {
  const producer = publisher(kafka);
  const sink = kafkaSink(producer);
  let isReady = false;
  const publish: PublicEventSink['publish'] = async (events) => {
    if (!isReady) await createTopics(kafka, replicationFactor);
    isReady = true;
    await sink.publish(events);
  };
  return { sink: { publish }, close: () => producer.close() };
};

/** The keys are needed for webhooks alone: where nobody has given a secret, everything else works. */
const keyringWhenNeeded = (): Pick<Keyring, 'seal' | 'open'> => {
  let opened: Keyring | undefined;
  const keyring = (): Keyring => (opened ??= openKeyring());
  return { seal: (bytes, aad) => keyring().seal(bytes, aad), open: (sealed, aad) => keyring().open(sealed, aad) };
};

/** The public events of a projection service of the cluster: published to Kafka where brokers are named. */
export const startClusterPublicEvents = async ({
  pool,
  databaseUrl,
  kafka,
  settings,
  log,
}: ClusterOptions): Promise<PublicEventsService> => {
  const out = kafka && sinkOf(kafka, settings.topicReplication);
  const service = await startPublicEvents({
    pool,
    databaseUrl,
    settings,
    log,
    keyring: keyringWhenNeeded(),
    ...(out && { sink: out.sink }),
  });
  const stop = async (): Promise<void> => {
    await service.stop();
    await out?.close();
  };
  return { ...service, stop };
};
