/**
 * The plain client, to compare with: produces and consumes the events of the benchmark with the same safety and the same content.
 *
 *   node dist/tools/bench/testing/raw-kafka.js <broker> <topic> <partitions> <events> produce|consume
 *
 * Prints the seconds and the seconds of processor time that it took.
 */
import { partitionOf } from '@quadra/event-feed';
import { type Consumer, Kafka, logLevel, type Message, Partitioners } from 'kafkajs';
import { slice } from '../feed-events';
import { stopwatch, type Taken } from '../stopwatch';

const [broker, topic, partitions, events, what] = process.argv.slice(2) as [string, string, string, string, string];
const total = Number(events);
const kafka = new Kafka({ brokers: [broker], clientId: 'raw', logLevel: logLevel.NOTHING });

const toMessage = (event: ReturnType<typeof slice>[number]): Message => ({
  key: event.stream.slice(8, 19),
  value: JSON.stringify({ ...event, position: String(event.position) }),
  headers: { position: String(event.position), previous: '0' },
  partition: partitionOf(event.stream, Number(partitions)),
});

const produce = async (): Promise<Taken> => {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
  const taken = stopwatch();
  await producer.connect();
  for (let from = 0; from < total; from += 1_000) await producer.send({ topic, acks: -1, messages: slice(from, total).map(toMessage) });
  const result = taken();
  await producer.disconnect();
  return result;
};

const consumeAll = (consumer: Consumer): Promise<Taken> =>
  new Promise((resolve, reject) => {
    let seen = 0;
    let taken: (() => Taken) | undefined;
    const run = consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        taken ??= stopwatch();
        // As a processor needs them: all of the batch at once.
        const parsed = batch.messages.filter((m) => m.value !== null).map((m) => JSON.parse(m.value!.toString()) as object);
        seen += parsed.length;
        if (seen >= total) resolve(taken());
        return Promise.resolve();
      },
    });
    run.catch(reject);
  });

const consume = async (): Promise<Taken> => {
  const consumer = kafka.consumer({ groupId: `raw-${Date.now()}`, maxBytes: 16 * 1024 * 1024 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const result = await consumeAll(consumer);
  await consumer.disconnect();
  return result;
};

void (what === 'produce' ? produce() : consume()).then((taken) => console.log(JSON.stringify(taken)));
