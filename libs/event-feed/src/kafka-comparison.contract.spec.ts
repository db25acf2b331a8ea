import { randomUUID } from 'node:crypto';
import { createInMemoryStore, type EventStore, type StoredEvent } from '@quadra/event-store';
import { Kafka, logLevel } from 'kafkajs';
import { compareTopic, type CompareTopicOptions, ensureTopics, Relay, type TopicComparison } from './adapters/kafka';
import { KafkaClient, type OutMessage } from './adapters/kafka/client';
import { eventMessage, watermarkMessage } from './adapters/kafka/message';
import { everything, orgs, record, recordLarge, until } from './contract';
import { partitionOf } from './partition';
import { describeWithKafka } from './testing/broker';

const PARTITIONS = 4;
const NOTHING = { missing: 0, changed: 0, unknown: 0, outOfOrder: 0, holes: 0, unreadable: 0 };

describeWithKafka('The topic of events beside the store', (broker) => {
  let store: EventStore;
  let topic: string;

  const settings = () => ({ brokers: broker().brokers, clientId: 'test' });
  const compare = (options: Partial<CompareTopicOptions> = {}): Promise<TopicComparison> =>
    compareTopic({ kafka: settings(), store, topic, partitions: PARTITIONS, signal: new AbortController().signal, ...options });

  /** Lets a relay publish everything, then stops it. */
  const publish = async (): Promise<void> => {
    const stop = new AbortController();
    const relay = new Relay({ store, kafka: settings(), topic, partitions: PARTITIONS, everyMs: 50 });
    const running = relay.run(stop.signal);
    const head = await store.head();
    await until('the relay has published everything', () => relay.status().caughtUp && relay.status().position >= head);
    stop.abort();
    await running;
  };
  const produce = async (messages: readonly OutMessage[]): Promise<void> => {
    const producer = await new KafkaClient(settings()).producer();
    await producer.send(topic, messages);
    await producer.close();
  };
  /** As retention does. */
  const removeBefore = async (partition: number, offset: number): Promise<void> => {
    const admin = new Kafka({ brokers: [...broker().brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic); // the client deletes only in topics that it was asked about
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    await admin.disconnect();
  };
  /** What a relay would send, in the order of the store. */
  const messagesOf = (events: readonly StoredEvent[], after = new Map<number, bigint>()): OutMessage[] =>
    events.map((event) => {
      const partition = partitionOf(event.stream, PARTITIONS);
      const message = eventMessage(partition, event, after.get(partition) ?? 0n);
      after.set(partition, event.position);
      return message;
    });
  /** Events of one organization alone, so of one partition, and the messages that a relay would send of them. */
  const inOnePartition = async (number: number): Promise<{ events: StoredEvent[]; messages: OutMessage[] }> => {
    await record(store, number, orgs[0]);
    const events = await everything(store);
    return { events, messages: messagesOf(events) };
  };

  beforeEach(async () => {
    store = createInMemoryStore();
    topic = `events-${randomUUID()}`;
    await ensureTopics(settings(), { topics: [{ name: topic, partitions: PARTITIONS }] });
  });
  afterEach(() => store.close());

  it('shows no difference when a relay has filled the topic, and each event was compared', async () => {
    await record(store, 3_000);
    await recordLarge(store, 600_000);
    await publish();
    await record(store, 500);
    await publish();
    const { position, ...found } = await compare({ relayed: await store.head() });
    expect(found).toEqual({ ...NOTHING, events: 3_501, repeats: 0 });
    expect(position).toBe(await store.head());
  });

  it('shows no difference when both are empty, and none in what the relay has not come to', async () => {
    expect(await compare()).toEqual({ ...NOTHING, position: 0n, events: 0, repeats: 0 });
    await record(store, 40);
    await publish();
    const published = await store.head();
    await record(store, 40);
    expect(await compare({ relayed: published })).toMatchObject({ ...NOTHING, events: 40 });
  });

  it('asks nothing of what retention has taken away, and looks for what came after it', async () => {
    const { events, messages } = await inOnePartition(30);
    await produce(messages.filter((_, n) => n !== 25));
    await removeBefore(partitionOf(events[0]!.stream, PARTITIONS), 20);
    expect(await compare()).toMatchObject({
      ...NOTHING,
      events: 9,
      missing: 1,
      holes: 1,
      finding: expect.stringContaining(`position ${events[25]!.position}`),
    });
  });

  it('finds an event that never reached the topic, and the hole that it left', async () => {
    const { events, messages } = await inOnePartition(12);
    await produce(messages.filter((_, n) => n !== 5));
    const { finding, ...found } = await compare();
    expect(found).toMatchObject({ ...NOTHING, events: 11, missing: 1, holes: 1 });
    expect(finding).toContain(`position ${events[5]!.position}`);
  });

  it('finds an event that is missing although a watermark has passed it', async () => {
    const { events, messages } = await inOnePartition(3);
    const partition = partitionOf(events[0]!.stream, PARTITIONS);
    await produce([...messages.slice(0, 2), watermarkMessage(partition, events[2]!.position, events[1]!.position)]);
    expect(await compare()).toMatchObject({ ...NOTHING, events: 2, missing: 1 });
  });

  it('finds that the end is missing when the relay says how far it has published', async () => {
    const { events, messages } = await inOnePartition(10);
    await produce(messages.slice(0, 7));
    expect(await compare()).toMatchObject({ ...NOTHING, events: 7 });
    expect(await compare({ relayed: events[9]!.position })).toMatchObject({ ...NOTHING, events: 7, missing: 3 });
  });

  it.each([
    ['data', { data: { n: -1 } }],
    ['type', { type: 'SomethingElse' }],
    ['id', { id: randomUUID() }],
  ])('finds an event whose %s was changed', async (_, change) => {
    const { events, messages } = await inOnePartition(8);
    const forged = eventMessage(messages[3]!.partition!, { ...events[3]!, ...change }, events[2]!.position);
    await produce(messages.map((message, n) => (n === 3 ? forged : message)));
    const { finding, ...found } = await compare();
    expect(found).toMatchObject({ ...NOTHING, events: 7, changed: 1 });
    expect(finding).toContain(`position ${events[3]!.position}`);
  });

  it('takes fields in another order for the same event', async () => {
    const { messages } = await inOnePartition(2);
    const fields = Object.entries(JSON.parse(messages[0]!.value!) as object).reverse();
    await produce([{ ...messages[0]!, value: JSON.stringify(Object.fromEntries(fields)) }, messages[1]!]);
    expect(await compare()).toMatchObject({ ...NOTHING, events: 2 });
  });

  it('counts repeats apart: a relay that starts over may send what is there already', async () => {
    const { messages } = await inOnePartition(10);
    await produce([...messages.slice(0, 8), ...messages.slice(4)]);
    expect(await compare()).toMatchObject({ ...NOTHING, events: 10, repeats: 4 });
  });

  it('finds an event that comes after a later one', async () => {
    const { events, messages } = await inOnePartition(6);
    const late = messages[2]!;
    const next = eventMessage(late.partition!, events[3]!, events[1]!.position);
    await produce([...messages.slice(0, 2), next, late, ...messages.slice(4)]);
    expect(await compare()).toMatchObject({ ...NOTHING, events: 5, outOfOrder: 1 });
  });

  it('finds events that the store does not hold, and one in the partition of another organization', async () => {
    const { events, messages } = await inOnePartition(4);
    const own = messages[0]!.partition!;
    const other = (own + 1) % PARTITIONS;
    const last = events[3]!;
    const stranger = eventMessage(own, { ...last, position: last.position + 1_000n, id: randomUUID() }, last.position);
    await produce([...messages.slice(0, 3), { ...messages[3]!, partition: other }, stranger]);
    expect(await compare()).toMatchObject({ ...NOTHING, events: 3, missing: 1, unknown: 2, holes: 2 });
  });

  it('finds messages that no relay has written, and goes on after them', async () => {
    const { messages } = await inOnePartition(5);
    const { partition } = messages[0]!;
    const foreign = { partition: partition!, key: null, value: 'hello' };
    const broken = { ...messages[3]!, value: '{' };
    await produce([foreign, ...messages.slice(0, 3), broken, messages[4]!]);
    expect(await compare()).toMatchObject({ ...NOTHING, events: 4, unreadable: 1, changed: 1 });
  });

  it('outlives a broker that is killed and comes back while the topic is read', async () => {
    for (let n = 0; n < 2_500; n++) await recordLarge(store, 20_000); // more than the buffers hold
    await publish();
    let batches = 0;
    const interrupted: Pick<EventStore, 'subscribe'> = {
      async *subscribe(after, options) {
        for await (const batch of store.subscribe(after, options)) {
          if (++batches === 2) {
            await broker().kill();
            await broker().restart();
          }
          yield batch;
        }
      },
    };
    expect(await compare({ store: interrupted })).toMatchObject({ ...NOTHING, events: 2_500, repeats: 0 });
    expect(batches).toBeGreaterThan(1);
  }, 120_000);

  it('ends with the reason of its signal', async () => {
    await inOnePartition(3);
    await expect(compare({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('refuses a topic with another number of partitions', async () => {
    await expect(compare({ partitions: 7 })).rejects.toThrow(`${topic} has 4 partitions, not 7`);
  });
});
