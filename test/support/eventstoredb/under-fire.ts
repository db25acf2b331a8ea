/**
 * Appends to a double whose connections break all the time, in a process of its own: what rejects outside any promise, or is thrown into
 * an event, ends a process and passes unseen under jest. Prints how many appends were answered and written, as one line of JSON.
 */
import { type AppendRequest, openEventStoreDb } from '@quadra/event-store';
import { EventStoreDouble } from './double';

const STREAMS = 500;
const CUT_EVERY = 70;

const request = (n: number): AppendRequest => ({
  stream: `payment-80012345678_${n}`,
  expected: -1,
  events: [{ type: 'ReceiptReceived', data: { n, text: 'x'.repeat(3_000) }, meta: { commandId: 'c', actor: 'test' } }],
});

const main = async (): Promise<void> => {
  const double = await EventStoreDouble.start();
  const store = await openEventStoreDb({ connectionString: double.url, patienceMs: 120_000, maxInFlight: 200 });
  let seen = 0;
  double.fate = () => (++seen % CUT_EVERY === 0 ? 'writeThenCut' : 'answer');
  const feed = store.subscribe(0n, { categories: [], batchSize: 100, signal: AbortSignal.timeout(180_000) });
  const answers = store.appendMany(Array.from({ length: STREAMS }, (_, n) => request(n)));
  let delivered = 0;
  for await (const batch of feed) {
    delivered += batch.events.length;
    if (delivered >= STREAMS) break;
  }
  const answered = (await answers).filter((a) => a.ok).length;
  const written = double.log.events.filter((e) => e.stream.startsWith('payment-')).length;
  await store.close();
  await double.close();
  process.stdout.write(`${JSON.stringify({ answered, written, delivered, cuts: Math.floor(seen / CUT_EVERY) })}\n`);
};

void main().catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exit(1);
});
