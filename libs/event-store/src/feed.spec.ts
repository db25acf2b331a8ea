import { type FeedSource, PAGE_SPAN, pullFeed } from './feed';
import { HeadWatcher } from './head-watcher';
import { type FeedBatch, type StoredEvent } from './port';

const event = (position: bigint): StoredEvent => ({
  position,
  stream: `payment-${position}`,
  revision: 0,
  id: `${position}`,
  type: 'T',
  data: {},
  meta: { commandId: 'c', actor: 'a', recordedAt: '' },
});

/** A store of `head` events whose pages are counted. */
const source = (head: bigint): FeedSource & { pages: bigint[] } => {
  const pages: bigint[] = [];
  return {
    pages,
    head: async () => head,
    page: async (after, upTo, categories, limit) => {
      pages.push(after);
      const count = categories.length > 0 ? 0 : Math.min(limit, Number(upTo - after));
      return { events: Array.from({ length: count }, (_, i) => event(after + BigInt(i + 1))), full: count === limit };
    },
    beyond: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  };
};

const options = (categories: string[] = []) => ({ categories, batchSize: 10, signal: new AbortController().signal });
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('the pull loop', () => {
  it('reads one page ahead of a slow consumer and no more', async () => {
    const pages = source(1_000n);
    const feed = pullFeed(pages, 0n, options());
    await feed.next();
    await turns();
    expect(pages.pages).toEqual([0n, 10n]);
    await feed.next();
    await turns();
    expect(pages.pages).toEqual([0n, 10n, 20n]);
    await feed.return();
  });

  it('walks over long stretches of other categories in bounded pages, each with its mark', async () => {
    const feed = pullFeed(source(PAGE_SPAN + 5n), 0n, options(['case']));
    const batches: FeedBatch[] = [];
    for await (const batch of feed) {
      batches.push(batch);
      if (batch.caughtUp) break;
    }
    expect(batches.map((b) => [b.mark, b.caughtUp])).toEqual([[PAGE_SPAN, false], [PAGE_SPAN + 5n, true]]); // prettier-ignore
  });

  it('gives the error of a page that was read ahead to the consumer, after the events before it', async () => {
    const broken = source(20n);
    const page = broken.page;
    broken.page = async (after, ...rest) => {
      if (after > 0n) throw new Error('the database went away');
      return page(after, ...rest);
    };
    const feed = pullFeed(broken, 0n, options());
    expect((await feed.next()).value).toMatchObject({ mark: 10n });
    await turns();
    await expect(feed.next()).rejects.toThrow('the database went away');
  });
});

describe('waiting for the head', () => {
  it('survives looks that fail, and looks only while somebody waits', async () => {
    let looks = 0;
    const watcher = new HeadWatcher({ everyMs: 1, read: async () => (++looks < 3 ? Promise.reject(new Error('outage')) : 7n) });
    await watcher.beyond(5n, new AbortController().signal);
    expect([looks, watcher.current]).toEqual([3, 7n]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(looks).toBe(3);
  });

  it('never goes back to an older head', () => {
    const watcher = new HeadWatcher();
    watcher.advance(9n);
    watcher.advance(4n);
    expect(watcher.current).toBe(9n);
  });
});
