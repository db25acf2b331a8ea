import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { FileImported } from '@quadra/domain';
import { importFileStream, paymentStream } from '@quadra/domain';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import { openPostgresStore } from '@quadra/event-store';
import { openKeyring } from '@quadra/platform/keyring';
import { Pool } from 'pg';
import { withDatabase } from '../../../../test/support/postgres';
import type { Acceptance, Intake, IntakeOptions } from '.';
import { createIntake, migrateIntake, readPersonal } from '.';
import { COMUNE, PROVINCIA, flowXml, iuvOf, journalXml, noticesCsv, receiptsCsv, streamOf, zipOf } from './testing/samples';

const keyring = openKeyring({ secret: 'a secret of more than thirty-two bytes, for tests' });
const WORKER = resolve(__dirname, '../../../../dist/apps/command/src/intake/worker.js');

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('the intake of files', () => {
  let database: Awaited<ReturnType<typeof withDatabase>>;
  let pool: Pool;
  let store: EventStore;
  const open: Intake[] = [];

  beforeEach(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 5 });
    store = await openPostgresStore({ pool });
    await migrateIntake(pool);
  });
  afterEach(async () => {
    for (const intake of open.splice(0)) await intake.stop();
    await store.close();
    await pool.end();
    await database.drop();
  });

  const intakeWith = async (options: Partial<IntakeOptions> = {}): Promise<Intake> => {
    const intake = createIntake({ pool, databaseUrl: database.url, store, keyring, ...options });
    open.push(intake);
    await intake.start();
    return intake;
  };
  const send = (intake: Intake, content: string | Uint8Array, name = 'file', org = COMUNE): Promise<Acceptance> =>
    intake.accept(org, { name, content: streamOf(content), actor: 'test', correlationId: 'c1' });
  const ending = async (fileId: string, org = COMUNE): Promise<StoredEvent> => (await store.read(importFileStream(org, fileId))).at(-1)!;
  const importedBy = async (intake: Intake, content: string | Uint8Array, name?: string): Promise<FileImported['data']> => {
    const { fileId } = await send(intake, content, name);
    await intake.idle();
    const end = await ending(fileId);
    expect(end.type).toBe('FileImported');
    return end.data;
  };
  const textOf = async (pieces: AsyncIterable<string> | undefined): Promise<string> => {
    let text = '';
    for await (const piece of pieces!) text += piece;
    return text;
  };

  it('records the receipts of a file, each with its origin, and the personal data apart and sealed', async () => {
    const intake = await intakeWith();
    const accepted = await send(intake, receiptsCsv(range(0, 1200).map((n) => ({ n }))), 'receipts.csv');
    expect(accepted).toMatchObject({ status: 'accepted', duplicate: false });
    await intake.idle();
    const counts = { read: 1200, recorded: 1200, unchanged: 0, conflicting: 0, ignored: 0, rejected: 0, recordedCents: 1_200_000 };
    expect((await ending(accepted.fileId)).data).toEqual({ format: 'receipt-csv', parserVersion: 1, counts });
    const [receipt] = await store.read(paymentStream(COMUNE, iuvOf(700)));
    expect(receipt).toMatchObject({
      type: 'ReceiptReceived',
      meta: { actor: 'test', $correlationId: 'c1', schemaVersion: 1, source: { fileId: accepted.fileId, line: 702 } },
    });
    expect(JSON.stringify(receipt!.data)).not.toMatch(/Maria|RSSMRA/);
    const ref: string = receipt!.data.personalRef;
    expect((await readPersonal(pool, keyring, COMUNE, [ref])).get(ref)).toMatchObject({ debtorName: 'Maria Rossi 700' });
    expect((await readPersonal(pool, keyring, PROVINCIA, [ref])).size).toBe(0);
    const { rows } = await pool.query(`select count(*)::int as n from command.personal_batch where position('Maria'::bytea in sealed) > 0`);
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('answers the same bytes with the same file, and takes them in again only after a rejection', async () => {
    const intake = await intakeWith();
    const [a, b] = await Promise.all([send(intake, noticesCsv([{ n: 1, cents: 5 }])), send(intake, noticesCsv([{ n: 1, cents: 5 }]))]);
    await intake.idle();
    expect([a.duplicate, b.duplicate].sort()).toEqual([false, true]);
    expect(a.fileId).toBe(b.fileId);
    const again = await send(intake, noticesCsv([{ n: 1, cents: 5 }]));
    expect(again).toMatchObject({ fileId: a.fileId, duplicate: true, status: 'imported' });
    expect(await send(intake, noticesCsv([{ n: 1, cents: 5 }]), 'file', PROVINCIA)).toMatchObject({ duplicate: false });

    const broken = await send(intake, 'no format at all');
    await intake.idle();
    expect(await ending(broken.fileId)).toMatchObject({ type: 'FileRejected', data: { error: { code: 'UNKNOWN_FORMAT' } } });
    const second = await send(intake, 'no format at all');
    expect(second).toMatchObject({ fileId: broken.fileId.replace(/_1$/, '_2'), duplicate: false, status: 'accepted' });
  });

  it('says whether all that was accepted up to a position has come to its end', async () => {
    const intake = await intakeWith();
    await intake.stop();
    const before = await store.head();
    const { position } = await send(intake, noticesCsv([{ n: 1, cents: 5 }]));
    expect([await intake.isSettled(COMUNE, before), await intake.isSettled(COMUNE, position)]).toEqual([true, false]);
    expect(await intake.isSettled(PROVINCIA, position)).toBe(true);
    await intake.start();
    await intake.idle();
    expect(await intake.isSettled(COMUNE, position)).toBe(true);
  });

  it('gives the file back as it came, under a name that is safe to show', async () => {
    const intake = await intakeWith();
    const bytes = Buffer.alloc(1_000_003, 'x\0\xff');
    const { fileId } = await send(intake, bytes, '../../etc/pass\u0000wd\u202e.csv');
    const original = await intake.original(COMUNE, fileId);
    const pieces: Uint8Array[] = [];
    for await (const piece of original!.stream) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(original).toMatchObject({ name: 'passwd.csv', bytes: 1_000_003 });
    expect(await intake.original(PROVINCIA, fileId)).toBeUndefined();
  });

  it('refuses an empty file, one that is too large and one whose upload breaks off, and keeps nothing of them', async () => {
    const intake = await intakeWith({ maxBytes: 600_000 });
    await expect(send(intake, '')).rejects.toThrow('The file is empty');
    await expect(send(intake, Buffer.alloc(600_001))).rejects.toThrow('larger than 600000 bytes');
    const cut = async function* () {
      yield Buffer.alloc(200_000);
      throw new Error('connection reset');
    };
    await expect(intake.accept(COMUNE, { name: 'x', content: cut(), actor: 'a', correlationId: 'c' })).rejects.toThrow('connection reset');
    const { rows } = await pool.query(
      `select (select count(*) from command.blob_chunk)::int as chunks, (select count(*) from command.blob_upload)::int as uploads,
              (select count(*) from command.file)::int as files`,
    );
    expect(rows).toEqual([{ chunks: 0, uploads: 0, files: 0 }]);
  });

  it('sweeps what uploads of a dead process left, and nothing of an upload that is under way', async () => {
    const intake = await intakeWith();
    await pool.query(`insert into command.blob_upload values (gen_random_uuid(), now() - interval '1 hour')`);
    await pool.query(`insert into command.blob_chunk select upload, 0, 'x' from command.blob_upload`);
    let go!: () => void;
    const gate = new Promise<void>((open) => (go = open));
    const slow = async function* () {
      yield Buffer.alloc(1_400_000, 'a');
      await gate;
      yield Buffer.from('end');
    };
    const upload = intake.accept(COMUNE, { name: 'slow', content: slow(), actor: 'a', correlationId: 'c' });
    const chunks = async () => (await pool.query('select count(*)::int as n from command.blob_chunk')).rows[0].n;
    while ((await chunks()) < 5) await new Promise((next) => setTimeout(next, 10));
    await intake.stop();
    await intake.start();
    while ((await chunks()) > 4) await new Promise((next) => setTimeout(next, 10));
    go();
    const { fileId } = await upload;
    expect((await intake.original(COMUNE, fileId))!.bytes).toBe(1_400_003);
  });

  it('counts as unchanged what another file brought, and as conflicting what contradicts it', async () => {
    const intake = await intakeWith();
    await importedBy(intake, receiptsCsv(range(0, 1500).map((n) => ({ n }))));
    const changed = range(0, 1600).map((n) => ({ n, ...(n % 100 === 7 && { cents: 2000 }) }));
    const { counts } = await importedBy(intake, receiptsCsv(changed));
    expect(counts).toMatchObject({ read: 1600, recorded: 100, unchanged: 1485, conflicting: 15, recordedCents: 101_000 });
    const types = (await store.read(paymentStream(COMUNE, iuvOf(107)))).map((event) => event.type);
    expect(types).toEqual(['ReceiptReceived', 'ReceiptConflicted']);
  });

  it('rejects row by row what it cannot read, and says line, field, code and message', async () => {
    const intake = await intakeWith();
    const csv = `${receiptsCsv([{ n: 1 }, { n: 2, org: PROVINCIA }])}${receiptsCsv([{ n: 3, paidOn: '2026-13-01' }]).split('\n')[1]}\n`;
    const { fileId } = await send(intake, csv);
    await intake.idle();
    expect((await ending(fileId)).data.counts).toMatchObject({ read: 3, recorded: 1, rejected: 2 });
    const lines = (await textOf(await intake.rejectsCsv(COMUNE, fileId))).trimEnd().split('\r\n');
    expect(lines[0]).toBe('line;field;code;message');
    expect(lines[1]).toBe('3;identificativoDominio;ORGANIZATION_MISMATCH;The row is of another organization');
    expect(lines[2]).toMatch(/^4;\w+;DATE_INVALID;/);
    expect(await intake.rejectsCsv(PROVINCIA, fileId)).toBeUndefined();
  });

  it('takes in a zip of flows, receipts, notices and a journal, entry by entry', async () => {
    const intake = await intakeWith();
    const zip = zipOf({
      'a.xml': flowXml({ iuf: '2026-11-21PSPX-1', payments: [1, 2].map((n) => ({ n, cents: 1000 })) }),
      'b.csv': receiptsCsv([{ n: 1 }, { n: 2, org: PROVINCIA }]),
      'c.csv': noticesCsv([{ n: 1, cents: 1000 }]),
      'd.txt': 'nonsense',
      'e.xml': journalXml([
        { number: 1, cents: 2000, text: '/PUR/LGPE-RIVERSAMENTO/URI/2026-11-21PSPX-1' },
        { number: 2, cents: 700 },
      ]),
    });
    const { fileId } = await send(intake, zip);
    await intake.idle();
    const { data } = await ending(fileId);
    expect(data).toMatchObject({ format: 'zip', counts: { read: 7, recorded: 6, rejected: 1, recordedCents: 2000 + 1000 + 1000 + 2700 } });
    expect(data.entries.map((e: any) => [e.name, e.format, e.counts.recorded, e.error?.code])).toEqual([
      ['a.xml', 'settlement-flow-xml', 2, undefined],
      ['b.csv', 'receipt-csv', 1, undefined],
      ['c.csv', 'notification-csv', 1, undefined],
      ['d.txt', 'unknown', 0, 'UNKNOWN_FORMAT'],
      ['e.xml', 'treasury-opi', 2, undefined],
    ]);
    expect(await textOf(await intake.rejectsCsv(COMUNE, fileId))).toMatch(/^entry;line;field;code;message\r\nb\.csv;3;/);
  });

  it('rejects a hostile zip with the reason and goes on with the next file', async () => {
    const intake = await intakeWith();
    const bad = await send(intake, zipOf({ '../evil.csv': noticesCsv([{ n: 1, cents: 1 }]) }));
    const lying = await send(intake, zipOf({ 'a.csv': noticesCsv([{ n: 1, cents: 1 }]) }, 1));
    const cut = await send(intake, zipOf({ 'a.csv': noticesCsv([{ n: 1, cents: 1 }]) }).subarray(0, 150));
    const good = await send(intake, noticesCsv([{ n: 1, cents: 1 }]));
    await intake.idle();
    for (const { fileId } of [bad, lying, cut]) expect((await ending(fileId)).data.error.code).toMatch(/^ZIP_/);
    expect((await ending(good.fileId)).type).toBe('FileImported');
  });

  it('works off the files of one organization in the order of acceptance', async () => {
    const intake = await intakeWith();
    await intake.stop();
    const files: Acceptance[] = [];
    for (const cents of [1, 2, 3, 4]) files.push(await send(intake, noticesCsv(range(0, 50).map((n) => ({ n, cents })))));
    await intake.start();
    await intake.idle();
    const ends = await Promise.all(files.map(async ({ fileId }) => (await ending(fileId)).position));
    expect(ends).toEqual([...ends].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('goes on after a crash in the middle, and the end is the same as without', async () => {
    const csv = receiptsCsv(range(0, 6_000).map((n) => ({ n: n % 5_000, cents: n < 5_500 ? 1000 : 1001 })));
    const flow = flowXml({ iuf: '2026-11-21PSPX-1', payments: range(0, 9_000).map((n) => ({ n, cents: 1000 })) });
    const expected = [
      { read: 6_000, recorded: 5_000, unchanged: 500, conflicting: 500, ignored: 0, rejected: 0, recordedCents: 5_000_000 },
      { read: 9_000, recorded: 9_000, unchanged: 0, conflicting: 0, ignored: 0, rejected: 0, recordedCents: 9_000_000 },
    ];
    const ids: string[] = [];
    for (let crashes = 0; ; crashes++) {
      const intake = await intakeWith();
      if (crashes === 0) for (const file of [csv, flow]) ids.push((await send(intake, file)).fileId);
      let pieces = 0;
      let stopped: Promise<void> | undefined;
      intake.onProgress(() => {
        if (++pieces === 3 + 12 * crashes) stopped = intake.stop();
      });
      await intake.idle();
      await stopped;
      if (!stopped) break;
    }
    for (const [i, fileId] of ids.entries()) expect((await ending(fileId)).data.counts).toEqual(expected[i]);
    const { rows } = await pool.query(
      `select type, count(*)::int as n from events.event where type not like 'File%' group by type order by type`,
    );
    expect(rows).toContainEqual({ type: 'ReceiptReceived', n: 5_000 });
    expect(rows).toContainEqual({ type: 'ReceiptConflicted', n: 500 });
    expect(rows).toContainEqual({ type: 'SettlementFlowCompleted', n: 1 });
    const lines = await pool.query(
      `select sum(json_array_length(data::json -> 'lines'))::int as n from events.event where type = 'SettlementLinesReported'`,
    );
    expect(lines.rows).toEqual([{ n: 9_000 }]);
  });

  describe('when a file ends its reader', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'quadra-intake-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    /** The real reader, which does something else with files of one name. */
    const readerThat = (does: string): string => {
      const path = join(folder, 'worker.js');
      writeFileSync(
        path,
        `const { parentPort } = require('node:worker_threads');
         const on = parentPort.on.bind(parentPort);
         parentPort.on = (name, listener) => on(name, (message) => {
           if (message.tasks?.[0].name === 'evil') { ${does} } else listener(message);
         });
         require(${JSON.stringify(WORKER)});`,
      );
      return path;
    };
    const check = async (workerPath: string, reason: RegExp, options: Partial<IntakeOptions> = {}): Promise<void> => {
      const intake = await intakeWith({ workerPath, ...options });
      const evil = await send(intake, noticesCsv([{ n: 1, cents: 1 }]), 'evil');
      const good = await send(intake, noticesCsv([{ n: 2, cents: 1 }]), 'good');
      await intake.idle();
      const { type, data } = await ending(evil.fileId);
      expect([type, data.error.code]).toEqual(['FileRejected', 'READER_CRASHED']);
      expect(data.error.message).toMatch(reason);
      expect((await ending(good.fileId)).type).toBe('FileImported');
    };

    it('is rejected the second time, and the next file is read', () => check(readerThat('process.exit(3)'), /2 times.*code 3/));
    it('by taking too much memory, it is rejected, and the process stays up', () =>
      check(readerThat('const hoard = []; for (;;) hoard.push(new Array(100000).fill({}))'), /memory/i, { readerMemoryMb: 128 }));
    it('by never saying anything, it is rejected', () => check(readerThat('for (;;);'), /silent/, { readerSilenceMs: 2_000 }));
  });

  it('waits for the database to come back, and rejects nothing meanwhile', async () => {
    const intake = await intakeWith();
    let cut = 0;
    intake.onProgress(() => {
      if (cut++ === 0) {
        void pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'quadra intake%'`,
        );
      }
    });
    const { counts } = await importedBy(intake, receiptsCsv(range(0, 20_000).map((n) => ({ n }))));
    expect(cut).toBeGreaterThan(1);
    expect(counts).toMatchObject({ read: 20_000, recorded: 20_000 });
  });
});
