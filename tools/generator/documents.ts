import type { Day } from './calendar';
import { bankDayAfter, isoDay } from './calendar';
import type { Flow, Notice, Organization, Receipt } from './model';
import type { Treasury } from './treasury';
import { flowXml } from './write/flow-xml';
import type { Balances, JournalVersion } from './write/journal-xml';
import { JOURNAL_VERSIONS, journalPages } from './write/journal-xml';
import { NOTIFICATION_CSV_HEADER, notificationCsvRow } from './write/notification-csv';
import { RECEIPT_CSV_HEADER, receiptCsvRow } from './write/receipt-csv';
import { receiptXml } from './write/receipt-xml';
import { ZipWriter } from './write/zip';

/** A file of one body, whole, as it would be delivered. */
export interface Document {
  readonly name: string;
  readonly bytes: Buffer;
}

const CSV_ROWS = 20_000;

/** Numbers the files of one kind and day, from 1. */
export class FileNumbers {
  private readonly last = new Map<string, number>();
  /** `<kind>-<day>-<nnn>` */
  name(kind: string, day: Day): string {
    const stem = `${kind}-${isoDay(day)}`;
    const number = (this.last.get(stem) ?? 0) + 1;
    this.last.set(stem, number);
    return `${stem}-${three(number)}`;
  }
}

/** One or more zips of what is added, each within the limits of an archive. */
function* zips(name: () => string, entries: Iterable<Document>): Generator<Document> {
  let zip = new ZipWriter();
  for (const entry of entries) {
    if (zip.isFull(entry.bytes.length)) {
      yield { name: `${name()}.zip`, bytes: zip.finish() };
      zip = new ZipWriter();
    }
    zip.add(entry.name, entry.bytes);
  }
  if (zip.entries > 0) yield { name: `${name()}.zip`, bytes: zip.finish() };
}

const three = (n: number): string => String(n).padStart(3, '0');

function* csvFiles<T>(name: () => string, header: string, records: readonly T[], row: (record: T) => string): Generator<Document> {
  for (let at = 0; at < records.length; at += CSV_ROWS) {
    const rows = records.slice(at, at + CSV_ROWS).map(row);
    yield { name: `${name()}.csv`, bytes: Buffer.from(header + rows.join(''), 'utf8') };
  }
}

/** The receipts of one operating day, in the format that the body gets: zips of XML, or the CSV of version 1.3. */
export function* receiptDocuments(org: Organization, day: Day, receipts: readonly Receipt[], numbers: FileNumbers): Generator<Document> {
  if (org.receiptFormat === 'csv') {
    const known = new Set<string>();
    const [first, again] = [[] as Receipt[], [] as Receipt[]];
    // Rows of one receipt in one file are its transfers: another content of it comes in another file.
    for (const receipt of receipts) {
      (known.has(receipt.iur) ? again : first).push(receipt);
      known.add(receipt.iur);
    }
    // The version stands in the name: the format asks for it.
    const name = (): string => `${numbers.name('receipts', day)}-1_3`;
    for (const part of [first, again]) yield* csvFiles(name, RECEIPT_CSV_HEADER, part, receiptCsvRow);
    return;
  }
  const entries = function* (): Generator<Document> {
    let n = 0;
    for (const receipt of receipts) {
      n++;
      yield { name: `RT-${receipt.iur}-${n}.xml`, bytes: Buffer.from(receiptXml(receipt, org.fiscalCode), 'utf8') };
    }
  };
  yield* zips(() => numbers.name('receipts', day), entries());
}

export function* noticeDocuments(day: Day, notices: readonly Notice[], numbers: FileNumbers): Generator<Document> {
  yield* csvFiles(() => numbers.name('notifications', day), NOTIFICATION_CSV_HEADER, notices, notificationCsvRow);
}

const flowDocument = (org: Organization, flow: Flow, version: number): Document => ({
  name: `FdR-${flow.iuf}${version > 0 ? `-v${version + 1}` : ''}.xml`,
  bytes: Buffer.from(flowXml(org, flow, flow.versions[version]!), 'utf8'),
});

/** The flows of one operating day: one as a file of its own, the others zipped; later versions each as a file. */
export function* flowDocuments(org: Organization, day: Day, flows: readonly Flow[], numbers: FileNumbers): Generator<Document> {
  const [single, ...others] = flows;
  if (single) yield flowDocument(org, single, 0);
  const entries = function* (): Generator<Document> {
    for (const flow of others) yield flowDocument(org, flow, 0);
  };
  yield* zips(() => numbers.name('flows', bankDayAfter(day)), entries());
  for (const flow of flows) for (let v = 1; v < flow.versions.length; v++) yield flowDocument(org, flow, v);
}

/** Which version of the journal a body's treasurer sends on a day: they differ, and each moves on in the middle of the month. */
export const journalVersion = (org: Organization, day: Day): JournalVersion => {
  const later = Number(isoDay(day).slice(8)) >= 16 ? 1 : 0;
  return JOURNAL_VERSIONS[(org.index + later) % JOURNAL_VERSIONS.length]!;
};

const PAGE_ROWS = 60;
/** Opening balances of the first day, in cents. */
const OPENING: Balances = { '0000001': 418_220_437, '0000004': 97_410_055 };

/** The journals of all days; every seventh that has rows enough comes in several pages, zipped together. */
export function* journalDocuments(org: Organization, days: readonly Day[], treasury: Treasury): Generator<Document> {
  const balances = { ...OPENING };
  for (const [i, day] of days.entries()) {
    const rows = treasury.rows.get(day) ?? [];
    const pageSize = i % 7 === 2 && rows.length > 3 ? Math.min(PAGE_ROWS, Math.ceil(rows.length / 2)) : PAGE_ROWS;
    const pages = journalPages(org, day, rows, journalVersion(org, day), pageSize, balances);
    const name = `journal-${isoDay(day)}`;
    if (pages.length === 1) yield { name: `${name}.xml`, bytes: Buffer.from(pages[0]!, 'utf8') };
    else
      yield* zips(
        () => name,
        pages.map((page, p) => ({ name: `${name}-${three(p + 1)}.xml`, bytes: Buffer.from(page, 'utf8') })),
      );
  }
}
