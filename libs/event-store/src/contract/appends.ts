import * as fc from 'fast-check';
import { type AppendResult, AppendTooLarge, type EventStore, InvalidAppend, MAX_APPEND_BYTES, NO_STREAM } from '../port';
import { fact, freshStream, request } from './support';

const CONFLICT: AppendResult = { ok: false, conflict: true };

export const describeAppends = (current: () => EventStore): void => {
  describe('appending', () => {
    it('numbers the events of a stream from 0 and answers with the last revision and position', async () => {
      const stream = freshStream();
      const first = await current().append(request(stream, NO_STREAM, fact(1), fact(2)));
      const second = await current().append(request(stream, 1, fact(3)));
      const events = await current().read(stream);
      expect(events.map((e) => [e.revision, e.data.n])).toEqual([[0, 1], [1, 2], [2, 3]]); // prettier-ignore
      expect(first).toEqual({ ok: true, revision: 1, position: events[1]!.position });
      expect(second).toEqual({ ok: true, revision: 2, position: events[2]!.position });
      expect(typeof events[0]!.position).toBe('bigint');
    });

    it('refuses a revision that is too low, too high, or a new stream that exists already', async () => {
      const stream = freshStream();
      await current().append(request(stream, NO_STREAM, fact(1), fact(2)));
      for (const expected of [NO_STREAM, 0, 2, 7]) {
        expect(await current().append(request(stream, expected, fact(`other-${expected}`)))).toEqual(CONFLICT);
      }
      expect(await current().append(request(freshStream(), 0, fact(1)))).toEqual(CONFLICT);
      expect(await current().read(stream)).toHaveLength(2);
    });

    it('answers the same append once more with the old place, and adds nothing', async () => {
      const stream = freshStream();
      const again = request(stream, NO_STREAM, fact(1, 'import'), fact(2, 'import'));
      const first = await current().append(again);
      await current().append(request(stream, 1, fact(3)));
      const head = await current().head();
      expect(await current().append(again)).toEqual(first);
      expect(await current().append(request(stream, NO_STREAM, fact(1, 'import'), fact(2, 'another')))).toEqual(CONFLICT);
      expect(await current().append(request(stream, NO_STREAM, ...[1, 2, 3, 4].map((n) => fact(n, 'import'))))).toEqual(CONFLICT);
      expect(await current().head()).toBe(head);
    });

    it('knows an append again that came twice at the same time', async () => {
      const again = request(freshStream(), NO_STREAM, fact(1));
      const [one, two] = await Promise.all([current().append(again), current().append(again)]);
      expect(one.ok && two).toEqual(one);
      expect(await current().read(again.stream)).toHaveLength(1);
    });

    it('gives an event the same id in every store: it comes from stream, command and index', async () => {
      await current().append(request('payment-80012345678_id', NO_STREAM, fact(1, 'import'), fact(2, 'import')));
      const ids = (await current().read('payment-80012345678_id')).map((e) => e.id);
      expect(ids).toEqual(['8a5a25e7-1b64-5dce-ae76-ed92b5a794c8', '95b5e8ae-86f0-5461-9e6e-c7261cd9f8ee']);
    });

    it('pipelines many appends with one answer each, in order within a stream', async () => {
      const [a, b] = [freshStream(), freshStream()];
      const results = await current().appendMany([
        request(a, NO_STREAM, fact('a0')),
        request(b, 4, fact('b5')),
        request(a, 0, fact('a1'), fact('a2')),
        request(b, NO_STREAM, fact('b0')),
        request(a, 0, fact('late')),
        request(a, 2, fact('a3')),
      ]);
      expect(results.map((r) => (r.ok ? r.revision : 'conflict'))).toEqual([0, 'conflict', 2, 0, 'conflict', 3]);
      expect((await current().read(a)).map((e) => e.data.n)).toEqual(['a0', 'a1', 'a2', 'a3']);
      expect(await current().appendMany([])).toEqual([]);
    });

    it('lets exactly one of many concurrent appenders win each revision', async () => {
      const contention = fc.record({
        streams: fc.integer({ min: 1, max: 3 }),
        writers: fc.integer({ min: 2, max: 8 }),
        rounds: fc.integer({ min: 1, max: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(contention, async ({ streams, writers, rounds }) => {
          const names = Array.from({ length: streams }, () => freshStream());
          for (let round = 0; round < rounds; round++) {
            const results = await Promise.all(
              names.flatMap((name) =>
                Array.from({ length: writers }, (_, w) => current().append(request(name, round - 1, fact(w, `${round}/${w}`)))),
              ),
            );
            expect(results.filter((r) => r.ok)).toHaveLength(streams);
          }
          for (const name of names) expect((await current().read(name)).map((e) => e.revision)).toEqual([...Array(rounds).keys()]);
        }),
        { numRuns: 15 },
      );
    });
  });

  describe('what an event may hold', () => {
    const roundTrip = async (data: object, type = 'ReceiptReceived'): Promise<{ data: unknown; type: string }> => {
      const stream = freshStream();
      await current().append(request(stream, NO_STREAM, { type, data, meta: { commandId: 'c', actor: 'è "vero"\\' } }));
      const [event] = await current().read(stream);
      expect(event!.meta.actor).toBe('è "vero"\\');
      return event!;
    };

    it('keeps every text as it came', async () => {
      const text = fc.fullUnicodeString({ maxLength: 40 }).filter((s) => !s.includes('\u0000'));
      await fc.assert(
        fc.asyncProperty(text, fc.dictionary(text, text, { maxKeys: 3 }), async (value, map) => {
          const data = { value, map: Object.entries(map), special: '\\N \\. \t\r\n\b\f\v \\u0000 \u007f \u2028 € 😀 " \\' };
          expect((await roundTrip(data)).data).toEqual(data);
        }),
        { numRuns: 40 },
      );
    });

    it('passes unknown event types and unusual names through', async () => {
      expect((await roundTrip({ nested: { list: [1, null, { x: true }] } }, 'FromTheFuture.v9\\x')).type).toBe('FromTheFuture.v9\\x');
      const stream = `${freshStream('ruleSet')}_a\\b\tc%20é😀`;
      await current().append(request(stream, NO_STREAM, fact(1)));
      expect((await current().readMany([stream])).get(stream)).toMatchObject([{ stream }]);
    });

    it('refuses the character U+0000 anywhere, a stream without a category, no events and no command', async () => {
      const bad = [
        request(freshStream(), NO_STREAM, fact('a\u0000b')),
        request(freshStream(), NO_STREAM, fact('\\\u0000')),
        request(`${freshStream()}\u0000`, NO_STREAM, fact(1)),
        request('nodash', NO_STREAM, fact(1)),
        request(freshStream(), NO_STREAM),
        request(freshStream(), -2, fact(1)),
        request(freshStream(), NO_STREAM, fact(1, '')),
      ];
      const head = await current().head();
      for (const append of bad) await expect(current().append(append)).rejects.toThrow(InvalidAppend);
      await expect(current().appendMany([request(freshStream(), NO_STREAM, fact(1)), bad[0]!])).rejects.toThrow(InvalidAppend);
      expect(await current().head()).toBe(head);
    });

    it('takes an append of the size limit and refuses one above it, counted in bytes', async () => {
      const frame = JSON.stringify({ n: '' }).length + JSON.stringify(fact(1, 'c').meta).length + 'ReceiptReceived'.length;
      const stream = freshStream();
      const euro = '€'.repeat(Math.floor((MAX_APPEND_BYTES - frame) / 3));
      const full = euro + 'x'.repeat(MAX_APPEND_BYTES - frame - Buffer.byteLength(euro));
      await expect(current().append(request(stream, NO_STREAM, fact(`${full}x`, 'c')))).rejects.toThrow(AppendTooLarge);
      expect(await current().append(request(stream, NO_STREAM, fact(full, 'c')))).toMatchObject({ ok: true });
      expect((await current().read(stream))[0]!.data.n).toBe(full);
    });
  });
};
