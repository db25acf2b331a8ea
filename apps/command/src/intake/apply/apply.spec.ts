import type { EventStore } from '@quadra/event-store';
import { createInMemoryStore } from '@quadra/event-store';
import { creditId, creditStream, journalStream, paymentStream, settlementFlowStream } from '@quadra/domain';
import { toCents, toDate } from '@quadra/kernel';
import fc from 'fast-check';
import { COMUNE, iuvOf, receiptIdOf } from '../testing/samples';
import type { PreparedItem } from '../protocol';
import type { RejectRow } from './file-import';
import { FileImport } from './file-import';

const DAY = toDate('2026-11-20');
const document = (format: any = 'receipt-csv', entry?: string): PreparedItem => ({ kind: 'document', format, ...(entry && { entry }) });

const receipt = (n: number, line: number, cents = 1000): PreparedItem => ({
  kind: 'receipt',
  line,
  stream: paymentStream(COMUNE, iuvOf(n)),
  content: {
    receiptId: receiptIdOf(n),
    issuer: COMUNE,
    outcome: 'OK',
    totalCents: toCents(cents),
    paidOn: DAY,
    psp: 'PSP',
    transfers: [{ index: 1, amountCents: toCents(cents) }],
    othersCents: toCents(0),
  },
});

const IUF = '2026-11-21PSPX-1';
const flow = (count: number, { hash = 'h', chunk = 500, cents = 100 } = {}): PreparedItem[] => {
  const stream = settlementFlowStream(COMUNE, IUF);
  const lines = Array.from({ length: count }, (_, i) => [iuvOf(i), receiptIdOf(i), 1, toCents(cents), '0', DAY] as const);
  const header: any = {
    iuf: IUF,
    flowDateTime: '2026-11-21T01:00:00',
    revision: 1,
    contentHash: hash,
    declaredCount: count,
    trn: 'T',
    regulationOn: DAY,
  };
  const items: PreparedItem[] = [{ kind: 'flow', line: 1, stream, header }];
  for (let from = 0; from < count; from += chunk)
    items.push({ kind: 'flow-lines', line: 10 + from, from, lines: lines.slice(from, from + chunk) });
  return [...items, { kind: 'flow-end', line: 9, count, linesCents: toCents(count * cents), revokedCents: toCents(0) }];
};

const CREDIT = { treasurer: '03069', fiscalYear: 2026, kind: 'sospeso', documentNumber: '7' } as const;
const JOURNAL = journalStream(COMUNE, '03069', 'GDC-1');
const page = (number = 1): PreparedItem => ({
  kind: 'journal',
  line: 1,
  stream: JOURNAL,
  header: { treasurer: '03069', documentId: 'GDC-1', fiscalYear: 2026, from: DAY, to: DAY, page: number, pagesTotal: 1, schema: '1.8' },
  accounts: [],
});
const row = (line: number, cents: number, command?: 'book' | 'reverse'): PreparedItem => {
  const content: any = {
    ...CREDIT,
    account: '1',
    bookedOn: DAY,
    amountCents: cents,
    candidates: [],
    iuvs: [],
    parserVersion: 1,
    textDigest: '',
  };
  const movement = { on: DAY, amountCents: toCents(cents), ordinal: 0 };
  const effect = command === 'reverse' ? ({ type: 'ReverseCredit', movement } as const) : ({ type: 'BookCredit', content } as const);
  return {
    kind: 'journal-row',
    line,
    row: ['ENTRATA', 'SOSPESO ENTRATA', 'ESEGUITO', '7', '0', '1', toCents(cents), DAY],
    effects: command ? [{ stream: creditStream(COMUNE, creditId(CREDIT)), command: effect }] : [],
  };
};

describe('applying the records of a file', () => {
  let store: EventStore;
  let appends: number[];
  let rejects: RejectRow[];
  beforeEach(() => {
    const real = createInMemoryStore();
    appends = [];
    rejects = [];
    store = Object.assign(Object.create(real) as EventStore, {
      appendMany: (requests: Parameters<EventStore['appendMany']>[0]) => {
        appends.push(requests.length);
        return real.appendMany(requests);
      },
    });
  });

  const start = (fileId = 'f1'): FileImport =>
    new FileImport(
      store,
      { keepPersonal: async () => undefined, keepRejects: async (rows) => void rejects.push(...rows) },
      { org: COMUNE, fileId, actor: 'a', correlationId: 'c' },
    );
  const run = async (pieces: readonly (readonly PreparedItem[])[], fileId?: string): Promise<any> => {
    const file = start(fileId);
    for (const items of pieces) await file.apply({ items });
    await file.settled();
    return file.result();
  };
  const typesOf = async (stream: string): Promise<string[]> => (await store.read(stream)).map((event) => event.type);

  it('puts the records of one piece into one go of appends, one per stream', async () => {
    const { counts } = await run([[document(), ...Array.from({ length: 500 }, (_, i) => receipt(i % 490, i + 2))]]);
    expect(appends).toEqual([490]);
    expect(counts).toMatchObject({ read: 500, recorded: 490, unchanged: 10, recordedCents: 490_000 });
  });

  it('tells apart what is new, what is known and what contradicts, also when streams went on meanwhile', async () => {
    await run([[document(), receipt(1, 2), receipt(2, 3)]], 'f0');
    await store.append({
      stream: paymentStream(COMUNE, iuvOf(1)),
      expected: 0,
      events: [{ type: 'SomethingNewer', data: {}, meta: { commandId: 'x', actor: 'engine' } }],
    });
    const { counts } = await run([[document(), receipt(1, 2, 999), receipt(2, 3), receipt(3, 4)]]);
    expect(counts).toMatchObject({ read: 3, recorded: 1, unchanged: 1, conflicting: 1, recordedCents: 1000 });
    expect(await typesOf(paymentStream(COMUNE, iuvOf(1)))).toEqual(['ReceiptReceived', 'SomethingNewer', 'ReceiptConflicted']);
  });

  it('reads first when a file brings what is mostly known', async () => {
    const pieces = [0, 1, 2].map((p) => [
      ...(p === 0 ? [document()] : []),
      ...Array.from({ length: 100 }, (_, i) => receipt(p * 100 + i, p * 100 + i)),
    ]);
    await run(pieces, 'f0');
    appends.length = 0;
    const { counts } = await run(pieces);
    expect(counts).toMatchObject({ read: 300, unchanged: 300 });
    expect(appends.length).toBeLessThan(3);
  });

  it('counts a receipt of several rows as so many records', async () => {
    const { counts } = await run([[document(), { ...(receipt(1, 2) as any), rows: 3 }, { kind: 'ignored', line: 9 }]]);
    expect(counts).toMatchObject({ read: 4, recorded: 3, ignored: 1 });
  });

  it('appends a flow that fits as a whole, and a long one in pieces that the store takes', async () => {
    await run([[document('settlement-flow-xml'), ...flow(1_200)]]);
    expect(appends).toEqual([1]);
    expect(await typesOf(settlementFlowStream(COMUNE, IUF))).toEqual([
      'SettlementFlowReported',
      ...Array<string>(3).fill('SettlementLinesReported'),
      'SettlementFlowCompleted',
    ]);
    const items = flow(30_000, { hash: 'long' });
    const { counts } = await run([[document('settlement-flow-xml'), ...items.slice(0, 20)], items.slice(20, 45), items.slice(45)], 'f2');
    expect(counts).toMatchObject({ read: 30_000, conflicting: 30_000 });
    expect(appends.length).toBeGreaterThan(5);
  });

  it('counts the lines of a known version as unchanged, and of a rival version as conflicting', async () => {
    await run([[document('settlement-flow-xml'), ...flow(700)]], 'f0');
    expect((await run([[document('settlement-flow-xml'), ...flow(700)]], 'f1')).counts).toMatchObject({ read: 700, unchanged: 700 });
    const rival = await run([[document('settlement-flow-xml'), ...flow(700, { hash: 'other', cents: 101 })]], 'f2');
    expect(rival.counts).toMatchObject({ read: 700, conflicting: 700, recordedCents: 0 });
  });

  it('keeps the rows of a journal in order and counts each by what it does', async () => {
    const items = [page(), row(2, 500, 'book'), row(3, 200, 'reverse'), row(4, 1), { kind: 'journal-end', line: 5 } as const];
    const first = await run([[document('treasury-opi'), ...items]]);
    expect(first.counts).toMatchObject({ read: 3, recorded: 3, recordedCents: 500 });
    expect(await typesOf(creditStream(COMUNE, creditId(CREDIT)))).toEqual(['CreditBooked', 'CreditReversed']);
    expect(await typesOf(JOURNAL)).toEqual(['JournalReported', 'JournalRowsReported']);
    const second = await run([[document('treasury-opi'), page(), row(2, 501, 'book'), row(3, 200, 'reverse'), row(4, 1)]], 'f2');
    expect(second.counts).toMatchObject({ read: 3, conflicting: 1, unchanged: 2, recordedCents: 0 });
  });

  it('says what a file holds: a document, a zip, or nothing that can be read', async () => {
    const error = { code: 'X', message: 'broken' };
    expect(await run([[document('receipt-xml'), { kind: 'document-failed', error }]])).toEqual({
      imported: false,
      format: 'receipt-xml',
      error,
    });
    expect(await run([])).toMatchObject({ imported: false, error: { code: 'NOTHING_READ' } });
    const zip = await run([
      [document('receipt-xml', 'a'), { kind: 'document-failed', error }, document('receipt-csv', 'b'), receipt(1, 2)],
    ]);
    expect(zip).toMatchObject({
      imported: true,
      format: 'zip',
      entries: [
        { name: 'a', error },
        { name: 'b', counts: { recorded: 1 } },
      ],
    });
    const none = await run([[document('receipt-xml', 'a'), { kind: 'document-failed', error }]]);
    expect(none).toMatchObject({ imported: false, format: 'zip', error: { entry: 'a', code: 'X' } });
  });

  it('sums up the entries that do not fit into an event', async () => {
    const items = Array.from({ length: 5_000 }, (_, i) => [document('receipt-csv', `entry ${i}`), receipt(i, 2)]).flat();
    const { entries, counts } = await run([items]);
    expect(entries.length).toBeLessThanOrEqual(2_001);
    expect(Buffer.byteLength(JSON.stringify(entries))).toBeLessThan(201 * 1024);
    expect(entries.at(-1).name).toMatch(/^… and \d+ more$/);
    expect(entries.reduce((sum: number, e: any) => sum + e.counts.recorded, 0)).toBe(counts.recorded);
  });

  it('fails as a whole when the store fails, and repeats itself exactly afterwards', async () => {
    const file = start();
    const real = store.appendMany.bind(store);
    store.appendMany = () => Promise.reject(new Error('away'));
    await file.apply({ items: [document(), receipt(1, 2)] });
    await expect(file.settled()).rejects.toThrow('away');
    store.appendMany = real;
    expect((await run([[document(), receipt(1, 2)]])).counts).toMatchObject({ recorded: 1 });
  });

  /** Any mixture of records, cut into pieces anyhow, interrupted anywhere and begun anew. */
  const anyItem = fc.oneof(
    fc.tuple(fc.constant('receipt' as const), fc.nat(12), fc.nat(2)),
    fc.tuple(fc.constant('reject' as const), fc.nat(12), fc.nat(2)),
    fc.tuple(fc.constant('flow' as const), fc.nat(12), fc.nat(2)),
    fc.tuple(fc.constant('journal' as const), fc.nat(12), fc.nat(2)),
  );
  const itemsOf = (parts: readonly (readonly [string, number, number])[]): PreparedItem[] =>
    parts.flatMap(([kind, n, variant], i): PreparedItem[] => {
      const line = 100 * (i + 1);
      if (kind === 'receipt') return [document(), receipt(n, line, 1000 + variant)];
      if (kind === 'reject') return [document(), { kind: 'reject', line, field: 'x', code: 'C', message: 'm' }];
      if (kind === 'flow') return [document('settlement-flow-xml'), ...flow(n, { hash: `h${variant}`, chunk: 5, cents: 100 + variant })];
      const rows = Array.from({ length: n }, (_, r) => row(line + r, 500 + variant, r % 2 ? 'reverse' : 'book'));
      return [document('treasury-opi'), page(variant), ...rows, { kind: 'journal-end', line: line + 99 }];
    });
  const cut = (items: readonly PreparedItem[], sizes: readonly number[]): PreparedItem[][] => {
    const pieces: PreparedItem[][] = [];
    for (let at = 0, i = 0; at < items.length; i++) {
      const size = 1 + (sizes[i % sizes.length] ?? 3);
      pieces.push(items.slice(at, at + size));
      at += size;
    }
    return pieces;
  };

  /** The process dies while the store writes for the n-th time: some of the appends stand, nobody learns which. */
  const dieAt = async (n: number, pieces: readonly PreparedItem[][]): Promise<void> => {
    const whole = store;
    let calls = 0;
    store = Object.assign(Object.create(whole) as EventStore, {
      appendMany: async (requests: Parameters<EventStore['appendMany']>[0]) => {
        if (calls++ < n) return whole.appendMany(requests);
        await whole.appendMany(requests.filter((_, i) => (i + n) % 2 === 0));
        throw new Error('killed');
      },
    });
    await run(pieces).catch((e: Error) => expect(e.message).toBe('killed'));
    store = whole;
  };

  it('counts every record once, and an interruption anywhere changes neither the counts nor the events', async () => {
    const property = fc.asyncProperty(
      fc.array(anyItem, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(6), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(20), { maxLength: 3 }),
      async (parts, sizes, interruptions) => {
        const pieces = cut(itemsOf(parts), sizes);
        const through = async (stops: readonly number[]) => {
          store = createInMemoryStore();
          for (const stop of stops) await dieAt(stop, pieces);
          const result = await run(pieces);
          const events = [];
          for await (const batch of store.subscribe(0n, { categories: [], batchSize: 10_000, signal: new AbortController().signal })) {
            events.push(...batch.events.map((e) => `${e.stream} ${e.revision} ${e.type} ${JSON.stringify(e.data)}`));
            if (batch.caughtUp) break;
          }
          return { result, events: events.sort() };
        };
        const once = await through([]);
        const { read, recorded, unchanged, conflicting, ignored, rejected } = once.result.counts;
        expect(read).toBe(recorded + unchanged + conflicting + ignored + rejected);
        expect(read).toBe(parts.reduce((sum, [kind, n]) => sum + (kind === 'receipt' || kind === 'reject' ? 1 : n), 0));
        expect(await through(interruptions)).toEqual(once);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});
