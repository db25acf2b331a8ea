import { readFileSync } from 'node:fs';
import type { EventStore } from '@quadra/event-store';
import type { EventFeed, KafkaSettings } from '@quadra/event-feed';
import type { ServiceSettings } from '../settings';

/** What the services share: the events, and the order in which they come. */
export interface Backbone {
  readonly store: EventStore;
  readonly feed: EventFeed;
  /** How the brokers are reached; absent when the feed is read from the store. */
  readonly kafka?: KafkaSettings;
  /** A reader that takes nothing from the memory of a writer in this process: what the servers hold is what it says. */
  openReader(): Promise<EventStore>;
  close(): Promise<void>;
}

export interface BackboneOptions {
  readonly settings: ServiceSettings;
  /** What this process calls itself to the servers. */
  readonly clientId: string;
  readonly log: (message: string, error?: unknown) => void;
  /** Reads the store and never writes: only then may another process write to one in PostgreSQL. */
  readonly readOnly?: boolean;
}

/** @returns undefined when no broker is named. @throws Error when the file with the certificates cannot be read. */
export const kafkaSettings = (settings: ServiceSettings, clientId: string, log: (message: string) => void): KafkaSettings | undefined => {
  const { kafkaBrokers: brokers, kafkaTls, kafkaCaFile, kafkaSaslMechanism: mechanism } = settings;
  if (brokers.length === 0) return undefined;
  const ssl = kafkaTls && (kafkaCaFile === '' ? true : { ca: readFileSync(kafkaCaFile, 'utf8') });
  const sasl = mechanism !== '' && { mechanism, username: settings.kafkaSaslUsername, password: settings.kafkaSaslPassword };
  return { brokers, clientId, log, ...(ssl && { ssl }), ...(sasl && { sasl }) };
};

const openStore = async ({ settings, readOnly = false, log }: BackboneOptions): Promise<EventStore> => {
  const { openEventStoreDb, openPostgresStore } = await import('@quadra/event-store');
  const url = settings.eventStoreUrl;
  if (!url.startsWith('postgres')) return openEventStoreDb({ connectionString: url });
  return openPostgresStore({
    connectionString: url,
    readOnly,
    onFenced: (error) => log('another process writes to the event store', error),
  });
};

/** EventStoreDB keeps nothing in the memory of a writer: the same connection serves, and is not closed by its second user. */
const sharedReader = (store: EventStore): EventStore => ({
  append: (request) => store.append(request),
  appendMany: (requests) => store.appendMany(requests),
  read: (stream, from) => store.read(stream, from),
  readMany: (streams) => store.readMany(streams),
  subscribe: (after, options) => store.subscribe(after, options),
  head: () => store.head(),
  positionAt: (instant) => store.positionAt(instant),
  close: () => Promise.resolve(),
});

/**
 * Opens the event store that the address names, and the feed: Kafka where brokers are named, else the store itself. Any of the
 * one goes with any of the other. @throws what the servers answer.
 */
export const openBackbone = async (options: BackboneOptions): Promise<Backbone> => {
  const { settings, clientId, log } = options;
  // Loaded when it is needed: a command line that only asks another instance has no use for three client libraries.
  const { kafkaFeed, storeFeed } = await import('@quadra/event-feed');
  const store = await openStore(options);
  const kafka = kafkaSettings(settings, clientId, (message) => log(message));
  const { eventsTopic: topic, partitions } = settings;
  const sessionMs = settings.kafkaSessionSeconds * 1000;
  const feed = kafka ? kafkaFeed({ kafka, store, topic, partitions, sessionMs, log }) : storeFeed(store);
  const inPostgres = settings.eventStoreUrl.startsWith('postgres');
  return {
    store,
    feed,
    openReader: () => (inPostgres ? openStore({ ...options, readOnly: true }) : Promise.resolve(sharedReader(store))),
    ...(kafka && { kafka }),
    close: async () => {
      await feed.close();
      await store.close();
    },
  };
};
