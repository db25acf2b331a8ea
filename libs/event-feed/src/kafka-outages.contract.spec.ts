import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { createInMemoryStore, type EventStore } from '@quadra/event-store';
import { ensureTopics, kafkaFeed, Relay, TopicMismatch } from './adapters/kafka';
import { KafkaClient } from './adapters/kafka/client';
import { eventMessage } from './adapters/kafka/message';
import { everything, expectAll, orgs, record, Recorder, start, until } from './contract';
import { partitionOf } from './partition';
import type { EventFeed, PlacedBatch } from './port';
import { describeWithKafka } from './testing/broker';

const PARTITIONS = 4;
const SESSION_MS = 3_000;

describeWithKafka('Kafka behind a relay, when something breaks', (broker) => {
  let store: EventStore;
  let topic: string;
  let group: string;
  let ends: (() => Promise<unknown>)[];

  const settings = () => ({ brokers: broker().brokers, clientId: 'test' });
  const relay = (): { kill(): Promise<void>; relay: Relay } => {
    const stop = new AbortController();
    const made = new Relay({ store, kafka: settings(), topic, partitions: PARTITIONS, everyMs: 100 });
    const running = made.run(stop.signal);
    const kill = async (): Promise<void> => {
      stop.abort();
      await running;
    };
    ends.push(kill);
    return { kill, relay: made };
  };
  const feed = (): EventFeed => {
    const made = kafkaFeed({ kafka: settings(), store, topic, partitions: PARTITIONS, sessionMs: SESSION_MS });
    ends.push(() => made.close());
    return made;
  };
  /** Every entry of the topic that carries an event. */
  const eventsInTopic = async (): Promise<number> => {
    const reader = new Recorder();
    const other = kafkaFeed({ kafka: settings(), store: NO_STORE, topic, partitions: PARTITIONS, sessionMs: SESSION_MS });
    const running = start(other, randomUUID(), reader);
    await until('the topic was read', () => reader.caughtUp.size === PARTITIONS);
    await running.stop();
    await other.close();
    return reader.events.length;
  };

  beforeEach(async () => {
    store = createInMemoryStore();
    topic = `events-${randomUUID()}`;
    group = randomUUID();
    ends = [];
    await ensureTopics(settings(), { topics: [{ name: topic, partitions: PARTITIONS }] });
  });
  afterEach(async () => {
    await Promise.all(ends.map((end) => end()));
    await store.close();
  });

  it('loses and doubles nothing when the broker is killed and comes back in the middle', async () => {
    relay();
    const recorder = new Recorder();
    const running = start(feed(), group, recorder);
    await record(store, 200);
    await until('the first events came', () => recorder.events.length > 50);
    await broker().kill();
    await record(store, 200);
    await broker().restart();
    await record(store, 50);
    await expectAll(store, recorder);
    await running.stop();
  }, 120_000);

  it('loses and doubles nothing when the relay is killed and started again, and publishes nothing twice', async () => {
    const recorder = new Recorder();
    const running = start(feed(), group, recorder);
    for (let round = 0; round < 3; round++) {
      const { kill, relay: current } = relay();
      await record(store, 3_000);
      await until('the relay is at work', () => current.status().position > 0n);
      await kill();
    }
    relay();
    await record(store, 20);
    await expectAll(store, recorder);
    await running.stop();
    expect(await eventsInTopic()).toBe(recorder.events.length);
  }, 120_000);

  it('is not confused by two relays at once', async () => {
    relay();
    relay();
    const recorder = new Recorder();
    const running = start(feed(), group, recorder);
    for (let i = 0; i < 10; i++) await record(store, 40);
    await expectAll(store, recorder);
    await running.stop();
  });

  it('reads in the store what the topic does not hold, and takes the topic over where it is level', async () => {
    await record(store, 120);
    // A relay that went straight to the end: what is before it has left the topic.
    const client = new KafkaClient(settings());
    const producer = await client.producer();
    const all = await everything(store);
    const last = all.slice(-12);
    await producer.send(
      topic,
      last.map((e) => {
        const partition = partitionOf(e.stream, PARTITIONS);
        const own = all.filter((o) => partitionOf(o.stream, PARTITIONS) === partition && o.position < e.position);
        return eventMessage(partition, e, own.at(-1)?.position ?? 0n);
      }),
    );
    await producer.close();
    const cursors = new Map<number, string | undefined>();
    const recorder = new Recorder({ onBatch: (part, batch: PlacedBatch) => void cursors.set(part, batch.cursor) });
    const running = start(feed(), group, recorder);
    await expectAll(store, recorder);
    relay();
    await record(store, 40);
    await expectAll(store, recorder);
    await until('all parts read the topic', () => [...cursors.values()].filter((c) => c !== undefined).length === PARTITIONS);
    await running.stop();
  });

  it('notices an event that never reached the topic, and reads it in the store', async () => {
    const { kill } = relay();
    const recorder = new Recorder();
    const running = start(feed(), group, recorder);
    await record(store, 40);
    await expectAll(store, recorder);
    await kill();
    await record(store, 12, orgs[0]);
    const all = (await everything(store)).filter((e) => e.stream.includes(orgs[0]!));
    const producer = await new KafkaClient(settings()).producer();
    await producer.send(topic, [eventMessage(partitionOf(all[0]!.stream, PARTITIONS), all.at(-1)!, all.at(-2)!.position)]);
    await producer.close();
    await expectAll(store, recorder);
    await running.stop();
  });

  it('shares its parts between two processes, never two at once, and those that stay are not interrupted', async () => {
    relay();
    await record(store, 100);
    const recorder = new Recorder();
    const began: string[] = [];
    const work = (name: string) => (part: Parameters<ReturnType<Recorder['work']>>[0], signal: AbortSignal) => {
      began.push(`${name} ${part.partition}`);
      return recorder.work(name)(part, signal);
    };
    const stop = [new AbortController(), new AbortController()] as const;
    const one = feed().claim(group, work('one'), stop[0].signal);
    await until('one has all parts', () => recorder.working.size === PARTITIONS);
    const other = feed().claim(group, work('other'), stop[1].signal);
    const share = (name: string): number => [...recorder.working.values()].filter((who) => who === name).length;
    await until('each has half', () => share('one') === 2 && share('other') === 2);
    expect(began.filter((b) => b.startsWith('one'))).toHaveLength(PARTITIONS);
    await record(store, 100);
    await expectAll(store, recorder);
    stop[0].abort();
    await one;
    await until('the other has all', () => share('other') === PARTITIONS);
    await record(store, 100);
    await expectAll(store, recorder);
    stop[1].abort();
    await other;
  });

  it('waits with handing a part over until the batch in hand is done, however long it takes', async () => {
    relay();
    await record(store, 60);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    ends.unshift(async () => release());
    let busy = 0;
    const recorder = new Recorder({
      onBatch: async (_part, batch) => {
        if (busy < PARTITIONS && batch.events.length > 0) {
          busy++;
          await held;
        }
      },
    });
    const one = start(feed(), group, recorder, 'one');
    await until('all parts hold a batch', () => busy === PARTITIONS);
    const other = start(feed(), group, recorder, 'other');
    // Three sessions: without heartbeats the group would have given the parts away.
    await new Promise((resolve) => setTimeout(resolve, SESSION_MS * 3));
    expect(new Set(recorder.working.values())).toEqual(new Set(['one']));
    release();
    await until('the other has its share', () => [...recorder.working.values()].includes('other'));
    await record(store, 20);
    await expectAll(store, recorder);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('gives the parts of a process that was killed to another', async () => {
    relay();
    const child = spawn(
      process.execPath,
      [resolve('dist/libs/event-feed/src/testing/member.js'), broker().brokers[0]!, topic, String(PARTITIONS), group],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    ends.push(() => exited(child));
    let claimed = '';
    child.stdout.on('data', (text: Buffer) => (claimed += text.toString()));
    await until('the child has all parts', () => claimed.split('\n').length > PARTITIONS);
    const recorder = new Recorder();
    const running = start(feed(), group, recorder);
    await record(store, 100);
    child.kill('SIGKILL');
    await expectAll(store, recorder);
    await until('all parts are here', () => recorder.working.size === PARTITIONS);
    await running.stop();
  });

  it('refuses a topic with another number of partitions', async () => {
    await ensureTopics(settings(), { topics: [{ name: topic, partitions: PARTITIONS }] });
    await expect(ensureTopics(settings(), { topics: [{ name: topic, partitions: 7 }] })).rejects.toThrow(TopicMismatch);
    const other = kafkaFeed({ kafka: settings(), store, topic, partitions: 7 });
    await expect(other.claim('p', () => Promise.resolve(), new AbortController().signal)).rejects.toThrow(
      `${topic} has 4 partitions, not 7`,
    );
  });
});

/** Fails the test that needs it: the topic alone must be enough. */
const NO_STORE: Pick<EventStore, 'subscribe'> = {
  subscribe: () => {
    throw new Error('The store was read');
  },
};

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once('exit', () => done());
    child.kill('SIGKILL');
  });
