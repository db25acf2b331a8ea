import { type Socket } from 'node:net';
import { Client } from 'pg';
import { type TestDatabase, withDatabase } from '../../../test/support/postgres';
import { BatchWrite } from './adapters/postgres/batch-write';
import { openPostgresStore, type PostgresStoreOptions } from './adapters/postgres';
import { collect, fact, freshStream, request } from './contract';
import { type AppendRequest, type EventStore, NO_STREAM, WriterFenced } from './port';

describe('the event store in PostgreSQL', () => {
  let database: TestDatabase;
  let admin: Client;
  const open: EventStore[] = [];

  beforeEach(async () => {
    database = await withDatabase();
    admin = new Client({ connectionString: database.url });
    await admin.connect();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()));
    await admin.end();
    await database.drop();
  });

  const openStore = async (options: Omit<PostgresStoreOptions, 'connectionString'> = {}): Promise<EventStore> => {
    const store = await openPostgresStore({ connectionString: database.url, ...options });
    open.push(store);
    return store;
  };

  /** Cuts the writer's connection as a broken network or an administrator would, and waits until the server has ended it. */
  const cutWriter = (): Promise<unknown> =>
    admin.query(`select pg_terminate_backend(pid, 2000) from pg_stat_activity
      where datname = current_database() and application_name = 'quadra event writer'`);

  const newStreams = (count: number, events = 1): AppendRequest[] =>
    Array.from({ length: count }, () => request(freshStream(), NO_STREAM, ...Array.from({ length: events }, (_, i) => fact(i))));

  it('keeps a second writer out while the first lives, and says what to do', async () => {
    await openStore();
    await expect(openStore({ patienceMs: 100 })).rejects.toThrow(/Another process writes to the event store events.*stop it/);
  });

  it('lets stores of other schemas of the same database write at the same time', async () => {
    const [one, two] = [await openStore(), await openStore({ schema: 'other' })];
    for (const store of [one, two]) expect(await store.append(newStreams(1)[0]!)).toMatchObject({ ok: true, position: 1n });
    await expect(openStore({ schema: 'x; drop table' })).rejects.toThrow('Not a schema name');
  });

  it('fences the first writer when a second has taken over while its connection was lost', async () => {
    const fenced: WriterFenced[] = [];
    const first = await openStore({ onFenced: (error) => fenced.push(error) });
    await first.append(newStreams(1)[0]!);
    await cutWriter();
    const second = await openStore();
    await expect(first.append(newStreams(1)[0]!)).rejects.toThrow(WriterFenced);
    await expect(first.appendMany(newStreams(3))).rejects.toThrow(WriterFenced);
    expect(await second.append(newStreams(1)[0]!)).toMatchObject({ ok: true, position: 2n });
    expect(fenced).toHaveLength(1);
    expect(await second.head()).toBe(2n);
  });

  it('fences by the epoch alone, were the lock ever lost: what waits in the queue is refused too', async () => {
    const store = await openStore();
    await store.append(newStreams(1)[0]!);
    await admin.query('update events.log_head set epoch = epoch + 1');
    const results = await Promise.allSettled([store.appendMany(newStreams(6_000)), store.append(newStreams(1)[0]!)]);
    expect(results.map((r) => r.status === 'rejected' && r.reason instanceof WriterFenced)).toEqual([true, true]);
    expect(await store.head()).toBe(1n);
    expect((await admin.query('select count(*)::int as n from events.event')).rows).toEqual([{ n: 1 }]);
  });

  it('loses no acknowledged event and writes none twice when its connection is cut again and again', async () => {
    const store = await openStore();
    const acknowledged = new Map<string, bigint>();
    let writing = true;
    const lane = async (): Promise<void> => {
      const stream = freshStream();
      for (let expected = NO_STREAM; expected < 60; expected += 2) {
        const [result] = await store.appendMany([
          request(stream, expected, fact(`${expected}/a`), fact(`${expected}/b`)),
          ...newStreams(40),
        ]);
        if (!result!.ok) throw new Error('nobody else writes to this stream');
        acknowledged.set(`${stream} ${result!.revision}`, result!.position);
      }
    };
    const lanes = Promise.all([lane(), lane(), lane(), lane()]).finally(() => (writing = false));
    let cuts = 0;
    while (writing) {
      await cutWriter();
      cuts++;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await lanes;
    expect(cuts).toBeGreaterThan(2);
    const { events } = await collect(store, 0n, { upTo: await store.head(), batchSize: 2_000 });
    const places = new Map(events.map((e) => [`${e.stream} ${e.revision}`, e.position]));
    for (const [place, position] of acknowledged) expect(places.get(place)).toBe(position);
    expect(new Set(events.map((e) => e.id)).size).toBe(events.length);
    expect(events).toHaveLength(4 * 31 * 42);
  });

  it('answers an append with its place when the connection broke between the commit and the answer, and does not write it twice', async () => {
    const store = await openStore();
    await store.append(newStreams(1)[0]!);
    const query = jest.spyOn(Client.prototype, 'query');
    const answer = jest.spyOn(BatchWrite.prototype, 'handleReadyForQuery').mockImplementationOnce(function (this: BatchWrite) {
      const writer = query.mock.contexts.at(-1) as unknown as { connection: { stream: Socket } };
      writer.connection.stream.destroy();
      this.handleError(new Error('Connection terminated unexpectedly'));
    });
    const stream = freshStream();
    expect(await store.append(request(stream, NO_STREAM, fact(1), fact(2)))).toEqual({ ok: true, revision: 1, position: 3n });
    expect(answer).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
    expect(await store.head()).toBe(3n);
    expect(await store.append(request(stream, 1, fact(3)))).toEqual({ ok: true, revision: 2, position: 4n });
  });

  it('goes on after a restart: positions, revisions and the time of recording never step back', async () => {
    const at = (instant: string): PostgresStoreOptions['clock'] & object => ({ now: () => new Date(instant) });
    const stream = freshStream();
    const before = await openStore({ clock: at('2026-03-01T10:00:00.000Z') });
    await before.append(request(stream, NO_STREAM, fact(1)));
    await before.close();
    const after = await openStore({ clock: at('2026-03-01T09:00:00.000Z') });
    expect(await after.append(request(stream, NO_STREAM, fact('other')))).toEqual({ ok: false, conflict: true });
    expect(await after.append(request(stream, 0, fact(2)))).toEqual({ ok: true, revision: 1, position: 2n });
    expect((await after.read(stream)).map((e) => e.meta.recordedAt)).toEqual(Array(2).fill('2026-03-01T10:00:00.000Z'));
    await expect(before.append(newStreams(1)[0]!)).rejects.toThrow('closed');
  });

  it('answers what waits before it closes', async () => {
    const store = await openStore();
    const waiting = store.appendMany(newStreams(50));
    await store.close();
    expect((await waiting).every((r) => r.ok)).toBe(true);
  });

  it.each([200_000, 10])('stays set-based when everything is appended once more (%i stream heads remembered)', async (cachedHeads) => {
    const requests = newStreams(3_000, 2);
    const first = await openStore({ cachedHeads });
    const placed = await first.appendMany(requests);
    await first.close();
    const store = await openStore({ cachedHeads });
    const query = jest.spyOn(Client.prototype, 'query');
    const mixed = requests.flatMap((r, n) => (n % 3 === 0 ? [r, newStreams(1)[0]!] : [r]));
    const again = await store.appendMany(mixed);
    const statements = query.mock.calls.length;
    query.mockRestore();
    expect(again.filter((_, i) => requests.includes(mixed[i]!))).toEqual(placed);
    expect(again.every((r) => r.ok)).toBe(true);
    expect(await store.head()).toBe(7_000n);
    expect(statements).toBeLessThan(40);
    const conflicts = await store.appendMany(requests.map((r) => request(r.stream, NO_STREAM, fact('other', 'another command'))));
    expect(conflicts.some((r) => r.ok)).toBe(false);
  });

  it('lets another process read and follow what the writer adds, but not write', async () => {
    const writer = await openStore();
    const reader = await openStore({ readOnly: true });
    const stop = new AbortController();
    const feed = reader.subscribe(0n, { categories: ['payment'], batchSize: 10, signal: stop.signal })[Symbol.asyncIterator]();
    expect((await feed.next()).value).toMatchObject({ events: [], mark: 0n, caughtUp: true });
    const next = feed.next();
    const append = newStreams(1)[0]!;
    await writer.append(append);
    expect((await next).value).toMatchObject({ events: [{ stream: append.stream }], mark: 1n, caughtUp: true });
    await expect(reader.append(append)).rejects.toThrow('read only');
    const last = feed.next();
    await reader.close();
    expect((await last).done).toBe(true);
  });

  it('ends a page of long events early, and loses none', async () => {
    const store = await openStore({ tailEvents: 0 });
    const long = 'x'.repeat(700_000);
    await store.appendMany(
      Array.from({ length: 20 }, (_, n) => request(freshStream('settlementFlow'), NO_STREAM, fact(`${n}${long}`, `command-${n}`))),
    );
    const { events, batches } = await collect(store, 0n, { upTo: 20n, batchSize: 100, categories: ['settlementFlow', `it's`] });
    expect(events.map((e) => parseInt(e.data.n, 10))).toEqual([...Array(20).keys()]);
    expect(Math.max(...batches.map((b) => b.events.length))).toBe(12);
  });

  it('reads pages along the positions even before the table has statistics', async () => {
    const store = await openStore({ tailEvents: 0 });
    await store.appendMany(newStreams(2_000));
    const query = jest.spyOn(Client.prototype, 'query');
    await collect(store, 0n, { upTo: 2_000n, batchSize: 100, categories: ['payment'] });
    const page = query.mock.calls.map(([q]) => (q as unknown as { text?: string }).text ?? '').find((text) => text.includes('set local'))!;
    query.mockRestore();
    const [settings, select] = [page.slice(0, page.lastIndexOf(';')), page.slice(page.lastIndexOf(';') + 1)];
    const results = (await admin.query(`${settings}; explain ${select}`)) as unknown as { rows: Record<string, string>[] }[];
    const plan = results
      .at(-1)!
      .rows.map((row) => row['QUERY PLAN'])
      .join('\n');
    expect(plan).toContain('Index Scan using event_pkey');
    expect(plan).not.toMatch(/Sort|Bitmap|Seq Scan/);
  });

  it('tells a subscriber whose position lies beyond the end, as after a restore of an older copy', async () => {
    const store = await openStore();
    const feed = store.subscribe(9n, { categories: [], batchSize: 10, signal: new AbortController().signal });
    await expect(feed[Symbol.asyncIterator]().next()).rejects.toThrow('another or an older store');
  });
});
