import { type EventStore, NO_STREAM, type StoredEvent } from '../port';
import { collect, fact, freshStream, request } from './support';

const CATEGORIES = ['payment', 'credit', 'settlementFlow'];

const fill = async (store: EventStore, count: number): Promise<void> => {
  const requests = Array.from({ length: count }, (_, n) => request(freshStream(CATEGORIES[n % 3]), NO_STREAM, fact(n), fact(`${n}b`)));
  await store.appendMany(requests);
};

const key = (e: StoredEvent): string => `${e.position} ${e.stream} ${e.revision}`;

export const describeFeed = (current: () => EventStore): void => {
  describe('the feed', () => {
    it('gives from any position the same events as from the start', async () => {
      await fill(current(), 20);
      const upTo = await current().head();
      const all = (await collect(current(), 0n, { upTo })).events;
      expect(all.length).toBeGreaterThanOrEqual(40);
      for (const index of [0, 1, 9, all.length - 2]) {
        const after = all[index]!.position;
        expect((await collect(current(), after, { upTo, batchSize: 3 })).events).toEqual(all.slice(index + 1));
      }
      expect(await current().read(all[0]!.stream)).toEqual(all.filter((e) => e.stream === all[0]!.stream));
    });

    it('keeps to the categories asked for, in batches of the size asked for, while the mark passes over the others', async () => {
      await fill(current(), 15);
      await current().append(request(freshStream('case'), NO_STREAM, fact('end')));
      const upTo = await current().head();
      const all = (await collect(current(), 0n, { upTo })).events;
      const { events, batches } = await collect(current(), 0n, { upTo, batchSize: 4, categories: ['payment', 'credit'] });
      expect(events.map(key)).toEqual(all.filter((e) => /^(payment|credit)-/.test(e.stream)).map(key));
      expect(Math.max(...batches.map((b) => b.events.length))).toBeLessThanOrEqual(4);
      expect(batches.at(-1)).toMatchObject({ mark: upTo, caughtUp: true });
      expect(batches.slice(0, -1).every((b) => !b.caughtUp)).toBe(true);
    });

    it('delivers an empty batch when only other categories moved', async () => {
      await fill(current(), 3);
      const upTo = await current().head();
      const { events, batches } = await collect(current(), 0n, { upTo, categories: ['organization'] });
      expect([events.length, batches.at(-1)!.mark]).toEqual([0, upTo]);
    });

    it('says at once that a subscriber at the end is caught up, then waits for more and wakes', async () => {
      const store = current();
      const stop = new AbortController();
      const feed = store
        .subscribe(await store.head(), { categories: ['credit'], batchSize: 10, signal: stop.signal })
        [Symbol.asyncIterator]();
      expect((await feed.next()).value).toMatchObject({ events: [], caughtUp: true });
      const waiting = feed.next();
      const stream = freshStream('credit');
      await store.append(request(stream, NO_STREAM, fact(1)));
      expect((await waiting).value).toMatchObject({ events: [{ stream, revision: 0 }], caughtUp: true });
      stop.abort();
      expect((await feed.next()).done).toBe(true);
    });

    it('ends on the signal while it waits and before it starts', async () => {
      const stop = new AbortController();
      const feed = current()
        .subscribe(await current().head(), { categories: [], batchSize: 10, signal: stop.signal })
        [Symbol.asyncIterator]();
      await feed.next();
      const waiting = feed.next();
      stop.abort();
      expect((await waiting).done).toBe(true);
      const late = current().subscribe(0n, { categories: [], batchSize: 10, signal: stop.signal })[Symbol.asyncIterator]();
      expect((await late.next()).done).toBe(true);
    });

    it('never shows a hole to a reader while many write: what came past a position never grows below it', async () => {
      const store = current();
      const start = await store.head();
      const writers = Array.from({ length: 6 }, async (_, w) => {
        for (let n = 0; n < 12; n++) {
          const streams = Array.from({ length: 1 + ((n + w) % 4) }, () => freshStream(CATEGORIES[w % 3]));
          await store.appendMany(streams.map((s) => request(s, NO_STREAM, fact(n), fact(`${n}b`))));
        }
      });
      const stop = new AbortController();
      const readers = [1, 5, 100].map(async (batchSize) => {
        const seen: StoredEvent[] = [];
        for await (const batch of store.subscribe(start, { categories: [], batchSize, signal: stop.signal })) {
          seen.push(...batch.events);
          if (batch.events.at(-1)?.data.n === 'last') break;
        }
        return seen.map(key);
      });
      await Promise.all(writers);
      await store.append(request(freshStream(), NO_STREAM, fact('last')));
      const live = await Promise.all(readers);
      const settled = (await collect(store, start, { upTo: await store.head(), batchSize: 50 })).events.map(key);
      for (const seen of live) expect(seen).toEqual(settled);
    });

    it('waits for a slow consumer: nothing is lost, reordered or delivered in larger pieces meanwhile', async () => {
      const store = current();
      const start = await store.head();
      const stop = new AbortController();
      const got: string[] = [];
      let appended = 0;
      await store.append(request(freshStream(), NO_STREAM, fact('first')));
      for await (const batch of store.subscribe(start, { categories: [], batchSize: 2, signal: stop.signal })) {
        expect(batch.events.length).toBeLessThanOrEqual(2);
        got.push(...batch.events.map((e) => String(e.data.n)));
        if (appended < 10) await store.append(request(freshStream(), NO_STREAM, fact(`${appended}a`), fact(`${appended++}b`)));
        else if (batch.caughtUp) stop.abort();
      }
      expect(got).toEqual(['first', ...Array.from({ length: 10 }, (_, n) => [`${n}a`, `${n}b`]).flat()]);
    });
  });
};
