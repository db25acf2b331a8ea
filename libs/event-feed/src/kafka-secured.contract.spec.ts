import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createInMemoryStore } from '@quadra/event-store';
import { findJava, freePort } from '../../../tools/kafka';
import { ensureTopics, kafkaFeed, type KafkaSettings, publisher, Relay } from './adapters/kafka';
import { KafkaClient } from './adapters/kafka/client';
import { expectAll, record, Recorder, start, until } from './contract';
import { type BrokerOptions, describeWithKafka } from './testing/broker';

const PASSWORD = 'only-for-this-test';
const JAAS = `org.apache.kafka.common.security.plain.PlainLoginModule required user_quadra="${PASSWORD}";`;
let port = 0;
let authority = '';

/** A listener with TLS, its certificate signed by itself, and passwords. */
const secured: BrokerOptions = async (dir) => {
  const keytool = (await findJava()).replace(/java$/, 'keytool');
  const store = ['-keystore', join(dir, 'broker.p12'), '-storetype', 'PKCS12', '-storepass', PASSWORD, '-alias', 'broker'];
  const run = promisify(execFile);
  const named = ['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost'];
  await run(keytool, ['-genkeypair', '-keyalg', 'EC', '-validity', '2', ...named, ...store]);
  await run(keytool, ['-exportcert', '-rfc', '-file', join(dir, 'broker.pem'), ...store]);
  authority = await readFile(join(dir, 'broker.pem'), 'utf8');
  port = await freePort();
  return {
    listeners: { SECURED: port },
    properties: {
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL',
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.secured.plain.sasl.jaas.config': JAAS,
      'ssl.keystore.location': join(dir, 'broker.p12'),
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.password': PASSWORD,
    },
  };
};

describeWithKafka(
  'Kafka with TLS and passwords',
  () => {
    const settings = (password = PASSWORD): KafkaSettings => ({
      brokers: [`127.0.0.1:${port}`],
      clientId: 'test',
      ssl: { ca: authority, servername: 'localhost' },
      sasl: { mechanism: 'plain', username: 'quadra', password },
    });

    it('carries events like any other', async () => {
      const store = createInMemoryStore();
      const topic = `events-${randomUUID()}`;
      await ensureTopics(settings(), { topics: [{ name: topic, partitions: 2 }] });
      const stop = new AbortController();
      const relay = new Relay({ store, kafka: settings(), topic, partitions: 2, everyMs: 100 }).run(stop.signal);
      const feed = kafkaFeed({ kafka: settings(), store, topic, partitions: 2, sessionMs: 6_000 });
      const recorder = new Recorder();
      const running = start(feed, randomUUID(), recorder);
      await record(store, 30);
      await expectAll(store, recorder);
      await running.stop();
      stop.abort();
      await relay;
    });

    it('refuses a wrong password with an error that says so', async () => {
      await expect(ensureTopics(settings('wrong'))).rejects.toThrow(/SASL PLAIN authentication failed/);
    });

    it('refuses a broker whose certificate nobody vouches for', async () => {
      await expect(ensureTopics({ ...settings(), ssl: true })).rejects.toThrow(/certificate/);
    });

    it('carries public events in order, those of one organization in one partition', async () => {
      const topic = `public-${randomUUID()}`;
      await ensureTopics(settings(), { topics: [{ name: topic, partitions: 3 }] });
      const out = publisher(settings());
      const sends = Array.from({ length: 20 }, (_, n) =>
        out.send(topic, [{ key: `org-${n % 2}`, value: String(n), headers: { 'content-type': 'application/json' } }]),
      );
      await Promise.all(sends);
      await out.close();
      const seen = await readAll(settings(), topic, 20);
      for (const parity of [0, 1]) {
        const own = seen.filter((m) => Number(m.value) % 2 === parity);
        expect(own.map((m) => Number(m.value))).toEqual(Array.from({ length: 10 }, (_, i) => 2 * i + parity));
        expect(new Set(own.map((m) => m.partition)).size).toBe(1);
      }
    });
  },
  secured,
);

/** What a topic holds, as its readers get it. */
const readAll = async (settings: KafkaSettings, topic: string, count: number): Promise<{ partition: number; value: string }[]> => {
  const seen: { partition: number; value: string }[] = [];
  const client = new KafkaClient(settings);
  const partitions = [...(await client.ends(topic)).keys()];
  const membership = await client.join(
    { group: randomUUID(), topic, sessionMs: 6_000 },
    {
      held: () => [],
      assign: (members) => new Map([[members[0]!.id, partitions]]),
      joined: (own, fetching) => own.forEach((partition) => fetching.seek(partition, 0n)),
      alive: () => undefined,
      wantsToRejoin: () => false,
      crashed: () => undefined,
      messages: (partition, messages) => void seen.push(...messages.map((m) => ({ partition, value: m.value!.toString() }))),
    },
  );
  await until('all messages were read', () => seen.length >= count);
  await membership.leave();
  return seen;
};
