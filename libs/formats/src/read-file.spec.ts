import fc from 'fast-check';
import type { IntakeItem, IntakeRecord, Source } from './intake';
import { readFile, type ReadOptions } from './read-file';
import {
  context,
  csvText,
  flowXml,
  itemsOf,
  NOTICE_COLUMNS,
  noticeRow,
  readCount,
  RECEIPT_COLUMNS,
  receiptRow,
  receiptXml,
  sourceOf,
} from './testing/documents';
import { journalPage } from './testing/journal';
import { makeZip } from './testing/zip';

const read = (content: string | Uint8Array, options?: ReadOptions, pieceBytes?: number): Promise<IntakeItem[]> =>
  itemsOf(readFile(sourceOf(content, pieceBytes), context(), options));

const outline = (items: readonly IntakeItem[]): string[] =>
  items.map((item) => {
    if (item.kind === 'document') return `document ${item.entry ?? ''}:${item.format}`;
    if (item.kind === 'document-failed') return `failed ${item.error.entry ?? ''}:${item.error.code}`;
    return `records ${item.records.map((r) => r.kind).join(' ')}`;
  });

const recordsOf = (items: readonly IntakeItem[]): IntakeRecord[] => items.flatMap((item) => (item.kind === 'records' ? item.records : []));

const NOTICES = csvText(NOTICE_COLUMNS, [noticeRow(), noticeRow({ IUD: '' })]);
const RECEIPTS = csvText(RECEIPT_COLUMNS, [receiptRow(), receiptRow({ identificativoUnivocoRiscoss: 'B' })]);

describe('reading a file', () => {
  it.each([
    ['receipt-xml', receiptXml(), 1],
    ['settlement-flow-xml', flowXml(), 1],
    ['receipt-csv', RECEIPTS, 2],
    ['notification-csv', NOTICES, 2],
    ['treasury-opi', journalPage(1, 1), 1],
  ])('knows %s by its content and reads it', async (format, content, count) => {
    const items = await read(content);
    expect(items[0]).toEqual({ kind: 'document', format });
    expect(items.some((item) => item.kind === 'document-failed')).toBe(false);
    expect(readCount(recordsOf(items))).toBe(count);
  });

  it.each([
    ['an empty file', ''],
    ['text', 'hello world'],
    ['a PDF', '%PDF-1.7\n'],
    ['XML of another kind', '<html><body/></html>'],
    ['an envelope around something else', '<Envelope><Body><paGetPayment/></Body></Envelope>'],
    ['a CSV of another kind', 'a;b;c\n1;2;3\n'],
  ])('does not know %s', async (_name, content) => {
    expect(outline(await read(content))).toEqual(['document :unknown', 'failed :UNKNOWN_FORMAT']);
  });

  it('knows formats in every encoding', async () => {
    const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
    expect(outline(await read(utf16(flowXml().replace(/<\?xml.*?>/, ''))))[0]).toBe('document :settlement-flow-xml');
    expect(outline(await read(utf16(NOTICES)))[0]).toBe('document :notification-csv');
    const accented = csvText(NOTICE_COLUMNS, [noticeRow({ anagraficaPagatore: 'Ángela Ý' })]); // bytes that windows-1252 leaves empty
    expect(outline(await read(accented))).toEqual(['document :notification-csv', 'records notice']);
  });

  it('says why a file fails, where, and nothing else of it', async () => {
    expect(await read(`${flowXml().slice(0, -5)}`)).toEqual([
      { kind: 'document', format: 'settlement-flow-xml' },
      { kind: 'document-failed', error: { code: 'XML_MALFORMED', message: expect.any(String), line: 12 } },
    ]);
    expect(outline(await read('<!DOCTYPE x><FlussoRiversamento/>'))).toEqual(['document :unknown', 'failed :XML_DOCTYPE']);
  });

  it('refuses a file that is not what the sender says', async () => {
    expect(outline(await read(NOTICES, { format: 'receipt-csv' }))).toEqual(['document :notification-csv', 'failed :FORMAT_DIFFERS']);
    expect(outline(await read(NOTICES, { format: 'notification-csv' }))[0]).toBe('document :notification-csv');
  });

  it('reads every entry of a zip as a document of its own, whatever happens to the others', async () => {
    const zip = makeZip([
      { name: 'd.xml', content: receiptXml() },
      { name: 'a.csv', content: NOTICES },
      { name: 'b.xml', content: '<FlussoRiversamento>' },
      { name: 'c.zip', content: makeZip([{ name: 'x', content: 'x' }]) },
      { name: 'e.xml', content: flowXml(), declaredCrc: 1 },
    ]);
    expect(outline(await read(zip))).toEqual([
      'document a.csv:notification-csv',
      'records notice reject',
      'document b.xml:settlement-flow-xml',
      'failed b.xml:XML_MALFORMED',
      'document c.zip:zip',
      'failed c.zip:ZIP_NESTED',
      'document d.xml:receipt-xml',
      'records receipt',
      'document e.xml:unknown',
      'failed e.xml:ZIP_BROKEN',
    ]);
  });

  it('fails a zip as a whole when its directory is not to be trusted', async () => {
    const zip = makeZip([
      { name: 'a.csv', content: NOTICES },
      { name: '../b', content: 'x' },
    ]);
    expect(outline(await read(zip))).toEqual(['document :zip', 'failed :ZIP_ENTRY_NAME']);
    expect(outline(await read(makeZip([])))).toEqual(['document :zip', 'failed :ZIP_EMPTY']);
  });

  it('puts the pages of each treasury journal of a zip together, in the order of pages', async () => {
    const zip = makeZip([
      { name: '1.xml', content: journalPage(2, 2) },
      { name: '2.xml', content: journalPage(1, 1, '2026-03-03') },
      { name: '3.csv', content: NOTICES },
      { name: '4.xml', content: journalPage(1, 2) },
    ]);
    const items = await read(zip);
    expect(outline(items).filter((line) => !line.startsWith('records'))).toEqual([
      'document 3.csv:notification-csv',
      'document 4.xml:treasury-opi',
      'document 1.xml:treasury-opi',
      'document 2.xml:treasury-opi',
    ]);
    const pages = recordsOf(items).flatMap((r) => (r.kind === 'journal' ? [[r.header.page, r.header.from]] : []));
    expect(pages).toEqual([
      [1, '2026-03-02'],
      [2, '2026-03-02'],
      [1, '2026-03-03'],
    ]);
  });

  it('fails all pages of a journal when one cannot be read, and no other journal', async () => {
    const zip = makeZip([
      { name: '1.xml', content: journalPage(1, 2) },
      { name: '2.xml', content: journalPage(2, 2).slice(0, -30) },
      { name: '3.xml', content: journalPage(1, 1, '2026-03-03') },
    ]);
    expect(outline(await read(zip)).filter((line) => !line.startsWith('records'))).toEqual([
      'document 1.xml:treasury-opi',
      'failed 1.xml:XML_MALFORMED',
      'document 2.xml:treasury-opi',
      'failed 2.xml:XML_MALFORMED',
      'document 3.xml:treasury-opi',
    ]);
  });

  it('passes the errors of the source on: they are no fault of the file', async () => {
    const disk = new Error('EIO');
    const failing: Source = {
      ...sourceOf(''),
      open: async function* () {
        yield Buffer.from(NOTICES.slice(0, 900));
        throw disk;
      },
    };
    await expect(itemsOf(readFile(failing, context()))).rejects.toBe(disk);
  });

  const documents = [receiptXml(), flowXml({}, [{}, { iur: 'B' }]), RECEIPTS, NOTICES, journalPage(1, 1)].map((text) =>
    Buffer.from(text, 'utf8'),
  );

  it('says the same for every split of the bytes', async () => {
    for (const content of documents) {
      const whole = await read(content);
      for (const size of [1, 2, 3, 7, 61, 255, 256, 257]) expect(await read(content, undefined, size)).toEqual(whole);
    }
  });

  it('answers every damage with records, rejects or a failure, and delivers nothing beside a failure', async () => {
    const seeds = [...documents, makeZip(documents.map((content, i) => ({ name: `${i}`, content })))];
    const edit = fc.record({
      at: fc.nat(),
      drop: fc.integer({ min: 0, max: 9 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 4 }),
        fc.constantFrom('<', '>', '"', ';', '&', '&#x1;', '\0', '\n', '-', '1e400', '</', ']]>').map((s) => Buffer.from(s)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 5 }), async (seed, edits) => {
        let bytes = Buffer.from(seed);
        for (const { at, drop, put } of edits)
          bytes = Buffer.concat([bytes.subarray(0, at % bytes.length), put, bytes.subarray((at % bytes.length) + drop)]);
        const items = await read(bytes);
        let standing = true;
        items.forEach((item, i) => {
          if (item.kind === 'document-failed') expect(items[i - 1]?.kind).toBe('document');
          if (item.kind === 'records') expect(standing && item.records.length).toBeGreaterThan(0);
          standing = item.kind !== 'document-failed';
        });
        for (const record of recordsOf(items))
          if (record.kind === 'reject') expect([record.code, record.line > 0]).toEqual([expect.stringMatching(/^[A-Z][A-Z0-9_]+$/), true]);
      }),
      { numRuns: 1200 },
    );
  });
});
