import { type EventStore, NO_STREAM } from '../port';
import { fact, freshStream, type OpenedStore, request, type TestClock } from './support';

export const describeReads = (current: () => EventStore, clock: () => TestClock, reopenEmpty: () => Promise<OpenedStore>): void => {
  describe('reading', () => {
    it('gives nothing for streams that do not exist', async () => {
      expect(await current().read('payment-80012345678_absent')).toEqual([]);
      expect(await current().readMany(['payment-80012345678_absent', 'credit-80012345678_absent'])).toEqual(new Map());
      expect(await current().readMany([])).toEqual(new Map());
    });

    it('reads one stream from a revision on', async () => {
      const stream = freshStream();
      await current().append(request(stream, NO_STREAM, fact(1), fact(2), fact(3)));
      expect((await current().read(stream, 1)).map((e) => e.revision)).toEqual([1, 2]);
      expect(await current().read(stream, 3)).toEqual([]);
    });

    it('reads many streams in one go, each in order, a name asked for twice once', async () => {
      const names = Array.from({ length: 30 }, () => freshStream());
      await current().appendMany(names.map((name) => request(name, NO_STREAM, fact(`${name}/0`))));
      await current().appendMany(names.map((name) => request(name, 0, fact(`${name}/1`))));
      const found = await current().readMany([...names, names[0]!, 'payment-80012345678_absent']);
      expect([...found.keys()].sort()).toEqual([...names].sort());
      for (const name of names) expect(found.get(name)!.map((e) => e.data.n)).toEqual([`${name}/0`, `${name}/1`]);
    });
  });

  describe('time', () => {
    it('resolves an instant to the last position that was recorded by then, and is never confused by a clock that steps back', async () => {
      const opened = await reopenEmpty();
      const { store } = opened;
      const at = async (instant: string): Promise<bigint> => {
        clock().set(instant);
        const result = await store.append(request(freshStream(), NO_STREAM, fact(instant)));
        return result.ok ? result.position : -1n;
      };
      expect([await store.head(), await store.positionAt(new Date('2030-01-01T00:00:00Z'))]).toEqual([0n, 0n]);
      const first = await at('2026-03-01T09:00:00.250Z');
      const second = await at('2026-03-01T10:00:00.000Z');
      const third = await at('2026-03-01T07:00:00.000Z');
      const positions = await Promise.all(
        ['2026-03-01T09:00:00.249Z', '2026-03-01T09:00:00.250Z', '2026-03-01T09:59:59.999Z', '2026-03-01T10:00:00.000Z'].map((i) =>
          store.positionAt(new Date(i)),
        ),
      );
      expect(positions).toEqual([0n, first, first, third]);
      expect(second < third).toBe(true);
      expect(await store.head()).toBe(third);
      await opened.close();
    });
  });
};
