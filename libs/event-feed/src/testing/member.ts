/** A process of a group that claims parts, says so, and does nothing with them: to be killed by a test. */
import { createInMemoryStore } from '@quadra/event-store';
import { kafkaFeed } from '../adapters/kafka';

const [broker, topic, partitions, group] = process.argv.slice(2);
const feed = kafkaFeed({
  kafka: { brokers: [broker!], clientId: 'member' },
  store: createInMemoryStore(),
  topic: topic!,
  partitions: Number(partitions),
  sessionMs: 3_000,
});
void feed.claim(
  group!,
  (part, signal) => {
    console.log(part.partition);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  },
  new AbortController().signal,
);
