import { randomUUID } from 'node:crypto';
import { createInMemoryStore } from '@quadra/event-store';
import { ensureTopics, kafkaFeed, Relay } from './adapters/kafka';
import { describeEventFeed } from './contract';
import { describeWithKafka } from './testing/broker';

describeWithKafka('On a Kafka broker', (broker) => {
  describeEventFeed('Kafka behind a relay', async (partitions) => {
    const store = createInMemoryStore();
    const kafka = { brokers: broker().brokers, clientId: 'test' };
    const topic = `events-${randomUUID()}`;
    await ensureTopics(kafka, { topics: [{ name: topic, partitions }] });
    const stop = new AbortController();
    const relay = new Relay({ store, kafka, topic, partitions, everyMs: 100 }).run(stop.signal);
    const group = randomUUID();
    const feed = kafkaFeed({ kafka, store, topic, partitions, sessionMs: 6_000 });
    return {
      store,
      feed: { ...feed, claim: (name, work, signal) => feed.claim(`${name}-${group}`, work, signal) },
      close: async () => {
        stop.abort();
        await Promise.all([feed.close(), relay]);
        await store.close();
      },
    };
  });
});
