import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDouble } from '../../../../../test/support/eventstoredb';
import { collect, fact, freshStream, request } from '../../contract';
import { type EventStore, type FeedBatch, NO_STREAM, type StoredEvent } from '../../port';
import { openEventStoreDb } from './store';

describe('the feed of EventStoreDB (the double of the tests)', () => {
  let double: EventStoreDouble;
  let store: EventStore;
  let stop: AbortController;

  beforeEach(async () => {
    double = await EventStoreDouble.start();
    store = await openEventStoreDb({ connectionString: double.url, pollMs: 20 });
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await store.close();
    await double.close();
  });

  const fill = async (count: number, category = 'payment'): Promise<void> => {
    await store.appendMany(Array.from({ length: count }, (_, n) => request(freshStream(category), NO_STREAM, fact(`${category} ${n}`))));
  };

  /** What the log holds of a category, as the double wrote it. */
  const positions = (category: string, after = 0n): bigint[] =>
    double.log.events.filter((e) => e.stream.startsWith(`${category}-`) && e.position > after).map((e) => e.position);

  const subscribe = (after: bigint, categories: readonly string[], batchSize = 50) =>
    store.subscribe(after, { categories, batchSize, signal: stop.signal });

  /** Reads until the mark has reached a position, calling `between` after each batch. */
  const follow = async (
    feed: AsyncIterable<FeedBatch>,
    upTo: () => bigint,
    between: (batches: readonly FeedBatch[]) => unknown = () => undefined,
  ): Promise<FeedBatch[]> => {
    const batches: FeedBatch[] = [];
    for await (const batch of feed) {
      batches.push(batch);
      await between(batches);
      if (batch.mark >= upTo()) break;
    }
    return batches;
  };

  const at = (batches: readonly FeedBatch[]): bigint[] => batches.flatMap((b) => b.events.map((e: StoredEvent) => e.position));

  it('gives positions beyond 2^53 without losing a digit, and never an event of the server itself', async () => {
    await fill(100);
    const { events } = await collect(store, 0n, { upTo: await store.head() });
    expect(events.every((e) => e.position > BigInt(Number.MAX_SAFE_INTEGER))).toBe(true);
    expect(events.map((e) => e.position)).toEqual(positions('payment'));
    expect(double.log.events.some((e) => e.stream.startsWith('$'))).toBe(true);
  });

  it('never marks past an event that it has not delivered, whatever checkpoints came while the consumer was slow', async () => {
    await fill(100);
    await fill(600, 'case');
    await fill(100);
    await fill(600, 'case');
    const head = await store.head();
    const all = positions('payment');
    const seen = new Set<bigint>();
    await follow(
      subscribe(0n, ['payment'], 20),
      () => head,
      async (batches) => {
        const { events, mark } = batches.at(-1)!;
        for (const event of events) seen.add(event.position);
        expect(all.filter((position) => position <= mark && !seen.has(position))).toEqual([]);
        if (batches.length < 8) await sleep(20);
      },
    );
    expect([...seen]).toEqual(all);
  });

  it('can be taken up again at every mark that it gave, also where only other categories were written', async () => {
    await fill(30);
    await fill(600, 'case');
    await fill(30);
    const head = await store.head();
    const batches = await follow(subscribe(0n, ['payment'], 25), () => head);
    for (const { mark } of batches) {
      const { events } = await collect(store, mark, { upTo: head, categories: ['payment'] });
      expect(events.map((e) => e.position)).toEqual(positions('payment', mark));
    }
  });

  it('moves the mark over other categories while it waits at the end, and misses nothing that comes right after', async () => {
    const feed = subscribe(await store.head(), ['credit'])[Symbol.asyncIterator]();
    expect((await feed.next()).value).toMatchObject({ events: [], caughtUp: true });
    await fill(3, 'case');
    const head = await store.head();
    for (let mark = 0n; mark < head;) mark = ((await feed.next()).value as FeedBatch).mark;
    await fill(2, 'credit');
    const got: bigint[] = [];
    while (got.length < 2) got.push(...at([(await feed.next()).value as FeedBatch]));
    expect(got).toEqual(positions('credit'));
  });

  it('holds a bounded piece of the log when the consumer stops reading', async () => {
    const text = 'x'.repeat(4_000);
    await store.appendMany(Array.from({ length: 1_500 }, () => request(freshStream(), NO_STREAM, fact(text, 'c'))));
    const feed = subscribe(0n, [], 5)[Symbol.asyncIterator]();
    await feed.next();
    let before = -1;
    while (before !== double.eventsPushed) {
      before = double.eventsPushed;
      await sleep(100);
    }
    expect(before).toBeLessThan(500);
    const rest = await follow({ [Symbol.asyncIterator]: () => feed }, () => positions('payment').at(-1)!);
    expect(at(rest)).toHaveLength(1_495);
  });

  it('goes on by itself after the server was away: nothing is lost, nothing comes twice', async () => {
    await fill(200);
    const batches: FeedBatch[] = [];
    for await (const batch of subscribe(0n, ['payment'], 30)) {
      batches.push(batch);
      if (batches.length <= 12) {
        if (batches.length % 2 === 0) await double.stop();
        else if (batches.length > 1) await fill(10);
        await double.resume();
      } else if (batch.caughtUp) break;
    }
    expect(positions('payment')).toHaveLength(250);
    expect(at(batches)).toEqual(positions('payment'));
  });

  it('goes on after connections broke while it waited at the end', async () => {
    const feed = subscribe(0n, [])[Symbol.asyncIterator]();
    expect((await feed.next()).value).toMatchObject({ caughtUp: true });
    const got: bigint[] = [];
    for (let n = 0; n < 5; n++) {
      double.cut();
      await fill(1);
      while (got.length <= n) got.push(...at([(await feed.next()).value as FeedBatch]));
    }
    expect(got).toEqual(positions('payment'));
  });

  it('ends on the signal while the server is away', async () => {
    const feed = subscribe(0n, [])[Symbol.asyncIterator]();
    await feed.next();
    await double.stop();
    const waiting = feed.next();
    await sleep(50);
    stop.abort();
    expect((await waiting).done).toBe(true);
    await double.resume();
  });

  it('says that a position behind the end belongs to another store', async () => {
    await fill(1);
    await expect(
      subscribe(double.log.end + 10_000n, [])
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toThrow('another or an older store');
  });

  it('passes events of types that nobody knows yet, and refuses one that Quadra did not write', async () => {
    await store.append(request(freshStream(), NO_STREAM, { ...fact(1), type: 'FromTheFuture.v9' }));
    const bytes = new Uint8Array(Buffer.from('{}'));
    const strange = { id: crypto.randomUUID(), type: 'Strange', contentType: 'application/json', data: bytes, metadata: bytes };
    double.log.append('nodash', NO_STREAM, [strange]);
    await fill(1);
    const { events } = await collect(store, 0n, { upTo: await store.head() });
    expect(events.map((e) => e.type)).toEqual(['FromTheFuture.v9', 'ReceiptReceived']);
    double.log.append('payment-80012345678_strange', NO_STREAM, [strange]);
    await expect(follow(subscribe(0n, []), () => double.log.end)).rejects.toThrow('was not written by Quadra');
  });

  it('keeps the text of data and metadata to the byte', async () => {
    const data = { z: 1, '10': 'ten', a: { '2': [1.5, null, 'è € 😀 \u2028'] }, text: '\\u0041 "quoted" \t' };
    const meta = { commandId: 'c', actor: 'test', source: { fileId: 'f', line: 3 } };
    const stream = freshStream();
    await store.append(request(stream, NO_STREAM, { type: 'T', data, meta }));
    const [written] = double.log.stream(stream)!;
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
    expect(text(written!.data)).toBe(JSON.stringify(data));
    expect(text(written!.metadata)).toMatch(/^\{"commandId":"c","actor":"test","source":\{"fileId":"f","line":3\},"recordedAt":"[^"]+"\}$/);
    expect(written!.contentType).toBe('application/json');
  });

  it('finds an instant by its milestones, without reading the log from one end to the other', async () => {
    let time = Date.parse('2026-03-01T08:00:00.000Z');
    const clock = { now: () => new Date(time) };
    const slow = await openEventStoreDb({ connectionString: double.url, clock });
    const placeAt = new Map<number, bigint>();
    for (let block = 0; block < 30; block++) {
      time += 3_600_000;
      const results = await slow.appendMany(Array.from({ length: 20 }, (_, n) => request(freshStream(), NO_STREAM, fact(n))));
      const last = results.map((r) => (r.ok ? r.position : 0n)).reduce((a, b) => (a > b ? a : b));
      time += 1_000;
      await slow.append(request('seal-all', block - 1, fact(block)));
      placeAt.set(time - 500, last);
    }
    double.eventsRead = 0;
    for (const [instant, position] of placeAt) expect(await slow.positionAt(new Date(instant))).toBe(position);
    expect(double.eventsRead / placeAt.size).toBeLessThan(120);
    expect(await slow.positionAt(new Date('2026-03-01T08:30:00Z'))).toBe(0n);
    await slow.close();
  });
});
