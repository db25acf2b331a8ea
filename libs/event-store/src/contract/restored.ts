import { type AppendRequest, InvalidAppend, type NewEvent, NO_STREAM } from '../port';
import { collect, fact, freshStream, type OpenedStore, request, type TestClock } from './support';

const ID = '6f9619ff-8b86-5011-b42d-00cf4fc964f';

/** An event as it comes out of a backup; `digit` ends its id. */
const restored = (digit: number, recordedAt: string): NewEvent => ({ ...fact(digit), restored: { id: `${ID}${digit}`, recordedAt } });

const NINE = '2026-03-01T09:00:00.000Z';
const TEN = '2026-03-01T10:00:00.000Z';

export const describeRestored = (clock: () => TestClock, openEmpty: () => Promise<OpenedStore>): void => {
  describe('events that come back from a backup', () => {
    let opened: OpenedStore;

    beforeEach(async () => {
      opened = await openEmpty();
      clock().set('2026-03-02T08:00:00.000Z');
    });
    afterEach(() => opened.close());

    const everything = async () => (await collect(opened.store, 0n, { upTo: await opened.store.head() })).events;

    it('keep their ids, their instants and the order of the requests, and time resolves to them', async () => {
      const { store } = opened;
      const [a, b] = [freshStream(), freshStream('credit')];
      const appends: AppendRequest[] = [
        request(a, NO_STREAM, restored(1, NINE), restored(2, NINE)),
        request(b, NO_STREAM, restored(3, NINE)),
        request(a, 1, restored(4, TEN)),
        ...Array.from({ length: 5 }, (_, n) => request(freshStream(), NO_STREAM, restored(5 + n, TEN))),
      ];
      expect((await store.appendMany(appends)).every((r) => r.ok)).toBe(true);
      const events = await everything();
      expect(events.map((e) => e.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${ID}${n}`));
      expect(events.map((e) => e.meta.recordedAt)).toEqual([...Array<string>(3).fill(NINE), ...Array<string>(6).fill(TEN)]);
      expect(await store.positionAt(new Date('2026-03-01T08:59:59.999Z'))).toBe(0n);
      expect(await store.positionAt(new Date('2026-03-01T09:30:00.000Z'))).toBe(events[2]!.position);
      expect(await store.positionAt(new Date(TEN))).toBe(events[8]!.position);
    });

    it('are found again when the same comes once more, and nothing is added', async () => {
      const { store } = opened;
      const again = request(freshStream(), NO_STREAM, restored(1, NINE), restored(2, NINE));
      const first = await store.append(again);
      expect(await store.append(again)).toEqual(first);
      expect(await everything()).toHaveLength(2);
    });

    it('let nothing be recorded before them, although the clock of the writer may be behind', async () => {
      const { store } = opened;
      clock().set('2026-03-01T07:00:00.000Z');
      await store.append(request(freshStream(), NO_STREAM, restored(1, NINE)));
      await store.append(request(freshStream(), NO_STREAM, fact(2)));
      await store.append(request(freshStream(), NO_STREAM, restored(3, '2026-03-01T08:00:00.000Z')));
      expect((await everything()).map((e) => e.meta.recordedAt)).toEqual([NINE, NINE, NINE]);
    });

    it('are refused together with new ones, with several instants in one append, or with an id that is none', async () => {
      const bad = [
        request(freshStream(), NO_STREAM, restored(1, NINE), fact(2)),
        request(freshStream(), NO_STREAM, restored(1, NINE), restored(2, TEN)),
        request(freshStream(), NO_STREAM, { ...fact(1), restored: { id: 'x', recordedAt: NINE } }),
        request(freshStream(), NO_STREAM, restored(1, 'yesterday')),
      ];
      for (const append of bad) await expect(opened.store.append(append)).rejects.toThrow(InvalidAppend);
      expect(await everything()).toEqual([]);
    });
  });
};
