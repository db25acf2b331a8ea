import type { EventStore } from '@quadra/event-store';
import { orgs, record, recordLarge } from './contract/facts';
import { everything, expectAll, Recorder, start, until } from './contract/recorder';
import type { EventFeed, FeedPlace } from './port';

export { orgs, record, recordLarge } from './contract/facts';
export { everything, expectAll, Recorder, start, until } from './contract/recorder';

/** What a suite works on: facts go into the store and come out of the feed. */
export interface OpenedFeed {
  readonly store: EventStore;
  readonly feed: EventFeed;
  close(): Promise<void>;
}

/** Opens a feed of an empty store, with so many partitions. */
export type OpenFeed = (partitions: number) => Promise<OpenedFeed>;

const PARTITIONS = 4;

/** What every feed keeps, as tests: an adapter is one when this suite passes. */
export const describeEventFeed = (name: string, open: OpenFeed): void => {
  describe(`${name} as a feed`, () => {
    let opened: OpenedFeed;
    let store: EventStore;
    let feed: EventFeed;

    beforeEach(async () => {
      opened = await open(PARTITIONS);
      ({ store, feed } = opened);
    });
    afterEach(() => opened.close());

    it('delivers everything in order, once, each organization in one part', async () => {
      await record(store, 100);
      const parts = new Map<string, Set<number>>();
      const recorder = new Recorder({
        onBatch: (part, batch) =>
          batch.events.forEach((e) =>
            parts.set(e.stream.split(/[-_]/)[1]!, (parts.get(e.stream.split(/[-_]/)[1]!) ?? new Set()).add(part)),
          ),
      });
      const running = start(feed, 'p', recorder);
      await record(store, 50);
      await expectAll(store, recorder);
      await running.stop();
      expect(parts.size).toBe(orgs.length);
      for (const [org, found] of parts) expect([org, [...found]]).toEqual([org, [feed.partitionOf(`payment-${org}_1`)]]);
    });

    it('keeps to the categories asked for, and its marks pass over the others', async () => {
      await record(store, 60);
      const head = await store.append({
        stream: `case-${orgs[0]}_x`,
        expected: -1,
        events: [{ type: 'CaseOpened', data: {}, meta: { commandId: 'x', actor: 'test' } }],
      });
      const recorder = new Recorder({ categories: ['payment'], batchSize: 5 });
      const running = start(feed, 'p', recorder);
      await expectAll(store, recorder, ['payment']);
      await until(
        'all marks reached the end',
        () => [...recorder.places.values()].filter((p) => head.ok && p.position >= head.position).length === PARTITIONS,
      );
      await running.stop();
      expect(recorder.broken).toEqual([]);
    });

    it('lets the marks of idle parts advance, and never past an event that is still to come', async () => {
      const recorder = new Recorder();
      const running = start(feed, 'p', recorder);
      const head = await record(store, 30, orgs[0]);
      await until('all marks reached the end', () => [...recorder.places.values()].filter((p) => p.position >= head).length === PARTITIONS);
      await record(store, 30);
      await expectAll(store, recorder);
      await running.stop();
    });

    it('waits for a slow consumer, whose batches never grow', async () => {
      let most = 0;
      const recorder = new Recorder({
        batchSize: 3,
        onBatch: async (_, batch) => {
          most = Math.max(most, batch.events.length);
          await new Promise((resolve) => setTimeout(resolve, 3));
          if (recorder.events.length < 60 && batch.events.length > 0) await record(store, 2);
        },
      });
      await record(store, 80);
      const running = start(feed, 'p', recorder);
      await until('the consumer came along', () => recorder.events.length >= 80);
      await expectAll(store, recorder);
      await running.stop();
      expect(most).toBeLessThanOrEqual(3);
    });

    it('says to one who stands at the end that it is caught up', async () => {
      await record(store, 20);
      const first = new Recorder();
      const running = start(feed, 'p', first);
      await expectAll(store, first);
      await until('all parts are level', () => first.caughtUp.size === PARTITIONS);
      await running.stop();
      const again = new Recorder();
      for (const [part, place] of first.places) again.places.set(part, place);
      const next = start(feed, 'p', again);
      await until('all parts are level again', () => again.caughtUp.size === PARTITIONS);
      await next.stop();
      expect([again.positions(), again.broken]).toEqual([[], []]);
    });

    /** Every place that a consumer was given on its way, in order, by part. */
    const placesOnTheWay = async (): Promise<Map<number, FeedPlace[]>> => {
      const places = new Map<number, FeedPlace[]>();
      const recorder = new Recorder({
        batchSize: 4,
        onBatch: (part, { mark, cursor }) =>
          void places.set(part, [...(places.get(part) ?? []), { position: mark, ...(cursor !== undefined && { cursor }) }]),
      });
      const running = start(feed, 'first', recorder);
      await expectAll(store, recorder);
      await running.stop();
      return places;
    };

    const expectFrom = async (places: ReadonlyMap<number, FeedPlace>): Promise<void> => {
      const recorder = new Recorder();
      for (const [part, place] of places) recorder.places.set(part, place);
      const rest = (await everything(store)).filter((e) => e.position > (places.get(feed.partitionOf(e.stream))?.position ?? 0n));
      const running = start(feed, 'other', recorder);
      await until('the rest came', () => recorder.events.length >= rest.length);
      await until('all parts are level', () => recorder.caughtUp.size === PARTITIONS);
      await running.stop();
      expect(recorder.positions().sort((a, b) => (a < b ? -1 : 1))).toEqual(rest.map((e) => e.position));
      expect(recorder.broken).toEqual([]);
    };

    it('goes on from any place that it gave', async () => {
      await record(store, 90);
      const places = await placesOnTheWay();
      for (const at of [0, 1, 3])
        await expectFrom(new Map([...places].map(([part, list]) => [part, list[Math.min(at, list.length - 1)]!])));
    });

    it('goes on from a place without a cursor, and from one whose cursor leads nowhere', async () => {
      await record(store, 90);
      const places = await placesOnTheWay();
      const bare = (cursor?: string): Map<number, FeedPlace> =>
        new Map(
          [...places].map(([part, list]) => [part, { position: list[Math.min(1, list.length - 1)]!.position, ...(cursor && { cursor }) }]),
        );
      await expectFrom(bare());
      await expectFrom(bare('987654321'));
    });

    it('carries events of a quarter of a mebibyte and more beside small ones', async () => {
      const recorder = new Recorder();
      const running = start(feed, 'p', recorder);
      for (const bytes of [262_144, 100, 600_000, 262_144]) await recordLarge(store, bytes);
      await record(store, 10);
      await expectAll(store, recorder);
      await running.stop();
    });

    it('serves a second look at a part while the first goes on', async () => {
      await record(store, 60);
      const recorder = new Recorder();
      const part = feed.partitionOf(`payment-${orgs[0]}_1`);
      const ownUpTo = (await everything(store)).filter((e) => feed.partitionOf(e.stream) === part).map((e) => e.position);
      const second: bigint[] = [];
      let looked = false;
      const stop = new AbortController();
      const work: Parameters<EventFeed['claim']>[1] = async (claimed, signal) => {
        const first = recorder.work('the process')(claimed, signal);
        if (claimed.partition === part) {
          for await (const batch of claimed.subscribe({ position: 0n }, { categories: [], batchSize: 9, signal })) {
            second.push(...batch.events.map((e) => e.position));
            if (batch.mark >= ownUpTo.at(-1)!) break;
          }
          looked = true;
        }
        await first;
      };
      const running = feed.claim('p', work, stop.signal);
      await until('the second look is over', () => looked);
      await record(store, 30);
      await expectAll(store, recorder);
      stop.abort();
      await running;
      expect(second.filter((position) => position <= ownUpTo.at(-1)!)).toEqual(ownUpTo);
    });

    const aborted = (signal: AbortSignal): Promise<void> =>
      signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

    it('ends on the signal when all work has returned, not before', async () => {
      const stop = new AbortController();
      let [started, returned] = [0, 0];
      const running = feed.claim(
        'p',
        async (_part, signal) => {
          started++;
          await aborted(signal);
          await new Promise((resolve) => setTimeout(resolve, 50));
          returned++;
        },
        stop.signal,
      );
      await until('all parts are worked on', () => started === PARTITIONS);
      stop.abort();
      await running;
      expect(returned).toBe(PARTITIONS);
    });

    it('throws what the work of one part throws, after the others have ended', async () => {
      let others = 0;
      const running = feed.claim(
        'p',
        async (part, signal) => {
          if (part.partition === 1) {
            await until('the others run', () => others === PARTITIONS - 1);
            throw new Error('no disk left');
          }
          others++;
          await aborted(signal);
          others--;
        },
        new AbortController().signal,
      );
      await expect(running).rejects.toThrow('no disk left');
      expect(others).toBe(0);
    });
  });
};
