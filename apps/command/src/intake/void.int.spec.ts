import { resolve } from 'node:path';
import {
  NO_CREDIT,
  NO_FLOW,
  NO_JOURNAL,
  UNBORN,
  countingNotices,
  countingReceipts,
  creditFingerprint,
  evolveCredit,
  evolveFlow,
  evolveJournal,
  evolvePayment,
  importFileStream,
  paymentStream,
  standingVersions,
} from '@quadra/domain';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import { openPostgresStore } from '@quadra/event-store';
import { categoryOf, isRejection } from '@quadra/kernel';
import { openKeyring } from '@quadra/platform/keyring';
import { Pool } from 'pg';
import { withDatabase } from '../../../../test/support/postgres';
import type { Intake, VoidAcceptance } from '.';
import { createIntake, migrateIntake } from '.';
import { COMUNE, flowXml, iuvOf, journalXml, noticesCsv, receiptsCsv, streamOf, zipOf } from './testing/samples';

const keyring = openKeyring({ secret: 'a secret of more than thirty-two bytes, for tests' });
const WORKER = resolve(__dirname, '../../../../dist/apps/command/src/intake/worker.js');

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const withoutRefs = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, v: unknown) => (key === 'personalRef' ? undefined : v)));

/** What one stream says stands, whoever said it in whatever order. */
const standingOf = (category: string, events: readonly StoredEvent[]): unknown => {
  const all = events as any[];
  const sorted = (list: readonly unknown[]) => list.map((element) => JSON.stringify(withoutRefs(element))).sort();
  switch (category) {
    case 'payment': {
      const life = all.reduce(evolvePayment, UNBORN);
      return withoutRefs([countingReceipts(life), countingNotices(life)]);
    }
    case 'settlementFlow':
      return standingVersions(all.reduce(evolveFlow, NO_FLOW));
    case 'credit': {
      const { contents, reversals, regularizations, reversions } = all.reduce(evolveCredit, NO_CREDIT);
      return [contents.map(creditFingerprint).sort(), ...[reversals, regularizations, reversions].map(sorted)];
    }
    default:
      return all.reduce(evolveJournal, NO_JOURNAL).pages;
  }
};

describe('taking a file back', () => {
  let database: Awaited<ReturnType<typeof withDatabase>>;
  let pool: Pool;
  let store: EventStore;
  const open: Intake[] = [];

  const begin = async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 5 });
    store = await openPostgresStore({ pool });
    await migrateIntake(pool);
  };
  const close = async () => {
    for (const intake of open.splice(0)) await intake.stop();
    await store.close();
    await pool.end();
    await database.drop();
  };
  beforeEach(begin);
  afterEach(close);

  const intakeOn = async (using: EventStore = store): Promise<Intake> => {
    const intake = createIntake({ pool, databaseUrl: database.url, store: using, keyring, workerPath: WORKER });
    open.push(intake);
    await intake.start();
    return intake;
  };
  const takeIn = async (intake: Intake, ...contents: (string | Uint8Array)[]): Promise<string[]> => {
    const ids: string[] = [];
    for (const content of contents) {
      const accepted = await intake.accept(COMUNE, { name: 'file', content: streamOf(content), actor: 'officer', correlationId: 'c1' });
      ids.push(accepted.fileId);
    }
    await intake.idle();
    return ids;
  };
  const asked = (fileId: string, reason = 'wrong body') => ({ org: COMUNE, fileId, reason, actor: 'manager', correlationId: 'c2' });
  const takeBack = async (intake: Intake, fileId: string): Promise<VoidAcceptance> => {
    const outcome = await intake.void(asked(fileId));
    if (isRejection(outcome)) throw new Error(outcome.because);
    await intake.idle();
    return outcome;
  };
  const eventsOf = async (): Promise<StoredEvent[]> => {
    const abort = new AbortController();
    for await (const { events } of store.subscribe(0n, { categories: [], batchSize: 1_000_000, signal: abort.signal })) {
      abort.abort();
      return [...events];
    }
    return [];
  };
  /** Everything that stands, by stream; streams of which nothing stands are absent. */
  const standing = async (): Promise<Record<string, unknown>> => {
    const streams = new Map<string, StoredEvent[]>();
    for (const event of await eventsOf())
      if (!event.stream.startsWith('importFile-')) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
    const empty = new Set(['payment', 'settlementFlow', 'credit', 'journal'].map((c) => `${c} ${JSON.stringify(standingOf(c, []))}`));
    const result: Record<string, unknown> = {};
    for (const [stream, events] of [...streams].sort()) {
      const category = categoryOf(stream);
      const stands = standingOf(category, events);
      if (!empty.has(`${category} ${JSON.stringify(stands)}`)) result[stream] = stands;
    }
    return result;
  };
  const typesOf = async (fileId: string): Promise<string[]> =>
    (await store.read(importFileStream(COMUNE, fileId))).map((event) => event.type);

  const day = '2026-11-24';
  const payments = range(0, 600).map((n) => ({ n, cents: 100 }));
  const A = receiptsCsv(range(0, 600).map((n) => ({ n })));
  const B = receiptsCsv(range(300, 900).map((n) => ({ n, ...(n % 7 === 0 && { cents: 900 }) })));
  const C = zipOf({
    'receipts.csv': receiptsCsv(range(500, 700).map((n) => ({ n }))),
    'notices.csv': noticesCsv(range(0, 40).map((n) => ({ n, cents: n }))),
    'flow.xml': flowXml({ iuf: 'F1', payments }),
    'journal.xml': journalXml([{ number: 1, cents: 100 }], day),
  });
  const D = flowXml({ iuf: 'F1', payments });
  const E = flowXml({ iuf: 'F1', payments: payments.slice(1), at: '2026-11-22T01:00:00' });
  const F = journalXml([1, 2, 3].map((number) => ({ number, cents: 100 * number, text: `/PUR/LGPE-RIVERSAMENTO/URI/F${number}` })));
  const G = journalXml([{ number: 2, cents: 200, operation: 'STORNATO' }], '2026-11-25');

  it('leaves what stands by the other files, whichever file it was and whatever they have in common', async () => {
    const intake = await intakeOn();
    const files = [A, B, C, D, E, F, G];
    const ids = await takeIn(intake, ...files);
    const counted = await pool.query('select file_id, status from command.file order by file_id');
    expect(counted.rows.map((r) => r.status)).toEqual(files.map(() => 'imported'));
    const all = await standing();
    for (const gone of [0, 2, 5, 1]) {
      await takeBack(intake, ids[gone]!);
      expect(await typesOf(ids[gone]!)).toEqual(['FileAccepted', 'FileImported', 'FileVoided', 'FileVoidCompleted']);
    }
    const left = await standing();
    // The same without those files, on a database that never got them.
    await close();
    await begin();
    const fresh = await intakeOn();
    await takeIn(fresh, D, E, G);
    expect(left).toEqual(await standing());
    await takeIn(fresh, F, C, B, A);
    expect(await standing()).toEqual(all);
  }, 60_000);

  it('names the file, who took it back and why, on every fact', async () => {
    const intake = await intakeOn();
    const [id] = await takeIn(intake, receiptsCsv([{ n: 1 }]));
    await takeBack(intake, id!);
    const [, voided] = await store.read(paymentStream(COMUNE, iuvOf(1)));
    expect(voided).toMatchObject({
      type: 'ReceiptVoided',
      data: { receiptId: 'R0000000001', reason: 'wrong body' },
      meta: { actor: 'manager', source: { fileId: id } },
    });
  });

  it('answers twice with the same, refuses what is unknown, and lets the same bytes come again', async () => {
    const intake = await intakeOn();
    const [id] = await takeIn(intake, D);
    const before = await standing();
    expect(await takeBack(intake, id!)).toMatchObject({ duplicate: false });
    expect(await standing()).toEqual({});
    const head = await store.head();
    expect(await takeBack(intake, id!)).toMatchObject({ fileId: id, duplicate: true });
    expect(await store.head()).toBe(head);
    expect(await intake.void(asked('nothing_1'))).toMatchObject({ rejected: 'FILE_UNKNOWN' });
    const [again] = await takeIn(intake, D);
    expect(again).toBe(id!.replace(/_1$/, '_2'));
    expect(await standing()).toEqual(before);
    const end = (await store.read(importFileStream(COMUNE, again!))).at(-1)!;
    expect(end.data.counts).toMatchObject({ read: 600, recorded: 600, recordedCents: 60_000 });
  });

  it('refuses while the file is being imported', async () => {
    const idle = createIntake({ pool, databaseUrl: database.url, store, keyring, workerPath: WORKER });
    const { fileId } = await idle.accept(COMUNE, { name: 'f', content: streamOf(A), actor: 'a', correlationId: 'c' });
    expect(await idle.void(asked(fileId))).toMatchObject({ rejected: 'FILE_BEING_IMPORTED' });
  });

  it('is worked off by the next process when one dies, before the files that came after it', async () => {
    const intake = await intakeOn();
    const [first, second] = await takeIn(intake, A, B);
    await intake.stop();
    open.length = 0;
    const died = createIntake({ pool, databaseUrl: database.url, store, keyring, workerPath: WORKER });
    await died.void(asked(first!));
    await died.void(asked(second!));
    await died.accept(COMUNE, { name: 'f', content: streamOf(A), actor: 'a', correlationId: 'c' });
    // As after a crash between the event and the row: the event alone tells.
    await pool.query('update command.file_void set position = null where file_id = $1', [second]);
    let appends = 0;
    const failing = Object.assign(Object.create(store) as EventStore, {
      appendMany: (requests: Parameters<EventStore['appendMany']>[0]) => {
        if (++appends === 2) throw new Error('the process dies here');
        return store.appendMany(requests);
      },
    });
    const broken = await intakeOn(failing);
    while (appends < 2) await new Promise((go) => setTimeout(go, 20));
    await broken.stop();
    open.length = 0;
    await (await intakeOn()).idle();
    expect(Object.keys(await standing())).toHaveLength(600);
    const ends = (await eventsOf()).filter((e) => e.type === 'FileVoidCompleted' || e.type === 'FileImported');
    expect(ends.map((e) => [e.type, e.data.facts ?? e.data.counts.recorded]).slice(2)).toEqual([
      ['FileVoidCompleted', 600],
      ['FileVoidCompleted', 343], // of B what A had not said; the rest never came to stand by B, which was taken back too
      ['FileImported', 600],
    ]);
  });
});
