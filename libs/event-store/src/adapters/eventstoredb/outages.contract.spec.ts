import { EventStoreDouble, type Fate } from '../../../../../test/support/eventstoredb';
import { fact, freshStream, request } from '../../contract';
import { type AppendRequest, type EventStore, NO_STREAM, StoreUnavailable } from '../../port';
import { type EventStoreDbOptions, openEventStoreDb } from './store';

/** Deals these fates, one to each append that reaches the server, then lets all pass. */
const deal = (double: EventStoreDouble, ...fates: Fate[]): void => {
  double.fate = () => fates.shift() ?? 'answer';
};

describe('EventStoreDB when things go wrong (the double of the tests)', () => {
  let double: EventStoreDouble;
  const stores: EventStore[] = [];

  const open = async (options: Partial<EventStoreDbOptions> = {}): Promise<EventStore> => {
    const store = await openEventStoreDb({ connectionString: double.url, appendTimeoutMs: 300, readTimeoutMs: 1_000, ...options });
    stores.push(store);
    return store;
  };

  beforeEach(async () => {
    double = await EventStoreDouble.start();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await double.close();
  });

  const fates: [string, Fate][] = [
    ['the connection broke after it was written', 'writeThenCut'],
    ['the connection broke before it was written', 'cut'],
    ['it was written and no answer came', 'writeThenSilence'],
    ['it was lost and no answer came', 'silence'],
    ['the server closed the stream of answers', 'writeThenEnd'],
  ];

  it.each(fates)('answers truthfully where an append is, and writes it once, when %s', async (_, fate) => {
    const store = await open();
    await store.append(request(freshStream(), NO_STREAM, fact('before')));
    const stream = freshStream();
    deal(double, fate);
    const answer = await store.append(request(stream, NO_STREAM, fact(1), fact(2)));
    const events = await store.read(stream);
    expect(events.map((e) => e.data.n)).toEqual([1, 2]);
    expect(answer).toEqual({ ok: true, revision: 1, position: events[1]!.position });
    expect(await store.append(request(stream, 1, fact(3)))).toMatchObject({ ok: true, revision: 2 });
  });

  it.each(fates)('answers a conflict when another wrote meanwhile and %s', async (_, fate) => {
    const [store, other] = [await open(), await open()];
    const stream = freshStream();
    await other.append(request(stream, NO_STREAM, fact('other')));
    deal(double, fate);
    expect(await store.append(request(stream, NO_STREAM, fact('mine')))).toEqual({ ok: false, conflict: true });
    expect((await store.read(stream)).map((e) => e.data.n)).toEqual(['other']);
  });

  it('waits out answers that come later than its patience with one append, and believes none of them twice', async () => {
    const store = await open({ appendTimeoutMs: 60 });
    double.delayMs = 150;
    const streams = Array.from({ length: 20 }, () => freshStream());
    const answers = await store.appendMany(streams.map((s) => request(s, NO_STREAM, fact(s))));
    expect(answers.every((a) => a.ok && a.revision === 0)).toBe(true);
    double.delayMs = 0;
    expect(await store.append(request(streams[0]!, 0, fact('later')))).toMatchObject({ ok: true, revision: 1 });
    for (const s of streams.slice(1)) expect(double.log.stream(s)).toHaveLength(1);
  });

  it('says that the store is unavailable when an outage outlasts the patience, and the same append again is found', async () => {
    const store = await open({ patienceMs: 100 });
    const append = request(freshStream(), NO_STREAM, fact(1));
    deal(double, 'writeThenCut');
    double.fate = ((next) => (stream: string) => {
      void double.stop();
      return next(stream);
    })(double.fate);
    await expect(store.append(append)).rejects.toThrow(StoreUnavailable);
    await expect(store.append(append)).rejects.toThrow(StoreUnavailable);
    await expect(store.read(append.stream)).rejects.toThrow(StoreUnavailable);
    double.fate = () => 'answer';
    await double.resume();
    expect(await store.append(append)).toMatchObject({ ok: true, revision: 0 });
    expect(double.log.stream(append.stream)).toHaveLength(1);
  });

  it('does not open on a server that is not there', async () => {
    await double.stop();
    await expect(open({ patienceMs: 50 })).rejects.toThrow(StoreUnavailable);
    await double.resume();
  });

  /** A hundred streams, three appends each, those of one stream in order. */
  const work = (): AppendRequest[] => {
    const streams = Array.from({ length: 100 }, () => freshStream());
    return [-1, 0, 1].flatMap((expected) => streams.map((stream) => request(stream, expected, fact(expected))));
  };

  const expectAllOnce = async (store: EventStore, requests: readonly AppendRequest[]): Promise<void> => {
    const found = await store.readMany(requests.map((r) => r.stream));
    expect(found.size).toBe(100);
    for (const events of found.values()) expect(events.map((e) => e.data.n)).toEqual([-1, 0, 1]);
  };

  it('finishes many appends although the server is restarted in the middle', async () => {
    const store = await open();
    const requests = work();
    let seen = 0;
    double.fate = () => {
      if (++seen !== 150) return 'answer';
      void double.stop().then(() => setTimeout(() => void double.resume(), 200));
      return 'writeThenCut';
    };
    const answers = await store.appendMany(requests);
    expect(answers.every((a) => a.ok)).toBe(true);
    await expectAllOnce(store, requests);
  });

  it('finishes many appends although the connection breaks again and again', async () => {
    const store = await open({ maxInFlight: 64 });
    const requests = work();
    let seen = 0;
    double.fate = () => (++seen % 60 === 0 ? (seen % 120 === 0 ? 'cut' : 'writeThenCut') : 'answer');
    const answers = await store.appendMany(requests);
    expect(answers.every((a) => a.ok)).toBe(true);
    await expectAllOnce(store, requests);
  });

  it('lets one of two processes that append at the same revision win, and each learns which', async () => {
    const [one, two] = [await open(), await open()];
    const streams = Array.from({ length: 50 }, () => freshStream());
    const append = (store: EventStore, who: string) => store.appendMany(streams.map((s) => request(s, NO_STREAM, fact(who))));
    const [first, second] = await Promise.all([append(one, 'one'), append(two, 'two')]);
    for (const [index, stream] of streams.entries()) {
      const winner = (await one.read(stream)).map((e) => e.data.n);
      expect([first[index]!.ok, second[index]!.ok]).toEqual([winner[0] === 'one', winner[0] === 'two']);
      expect(winner).toHaveLength(1);
    }
  });

  it('keeps the order of restored appends although the connection breaks', async () => {
    const store = await open();
    let seen = 0;
    double.fate = () => (++seen % 25 === 0 ? (seen % 50 === 0 ? 'cut' : 'writeThenCut') : 'answer');
    const ids = Array.from({ length: 120 }, (_, n) => `6f9619ff-8b86-5011-b42d-00cf4fc9${String(n).padStart(4, '0')}`);
    const streams = Array.from({ length: 40 }, () => freshStream());
    const requests = ids.map((id, n) =>
      request(streams[n % 40]!, Math.floor(n / 40) - 1, { ...fact(n), restored: { id, recordedAt: '2026-03-01T09:00:00.000Z' } }),
    );
    expect((await store.appendMany(requests)).every((a) => a.ok)).toBe(true);
    expect(double.log.events.filter((e) => e.stream.startsWith('payment-')).map((e) => e.id)).toEqual(ids);
  });

  it('answers what is in flight before it closes, and takes nothing afterwards', async () => {
    const store = await open();
    double.delayMs = 50;
    const stream = freshStream();
    const answer = store.append(request(stream, NO_STREAM, fact(1)));
    await store.close();
    expect(await answer).toMatchObject({ ok: true });
    await expect(store.append(request(stream, 0, fact(2)))).rejects.toThrow('closed');
    await expect(store.read(stream)).rejects.toThrow('closed');
  });
});
