import type { FileFormat } from '@quadra/domain';
import { detectFormat } from './detect';
import { FormatError, type IntakeItem, type IntakeRecord, type ReaderContext, type Source } from './intake';
import { readNotificationCsv } from './notification-csv';
import { readReceiptCsv } from './receipt-csv';
import { readReceiptXml } from './receipt-xml';
import { readOpi } from './opi';
import { JournalPages } from './journal-pages';
import { heldWhenSmall } from './source';
import { readSettlementFlowXml } from './settlement-flow-xml';
import { openZip, type ZipLimits, ZIP_LIMITS } from './zip';

export interface ReadOptions {
  /** The format that the sender claims: another one is refused (`FORMAT_DIFFERS`). In a zip it holds for every entry. */
  readonly format?: FileFormat;
  readonly zipLimits?: ZipLimits;
}

type Reader = (source: Source, ctx: ReaderContext) => AsyncGenerator<IntakeRecord[]>;

const READERS: Readonly<Record<Exclude<FileFormat, 'zip'>, Reader>> = {
  'receipt-xml': readReceiptXml,
  'receipt-csv': (source, ctx) => readReceiptCsv(source, ctx),
  'settlement-flow-xml': (source, ctx) => readSettlementFlowXml(source, ctx),
  'notification-csv': (source, ctx) => readNotificationCsv(source, ctx),
  'treasury-opi': (source, ctx) => readOpi([source], ctx),
};

/** An expected failure becomes an item; anything else is no fault of the file and goes on. */
const failed = (error: unknown, entry?: string): IntakeItem => {
  if (!(error instanceof FormatError)) throw error;
  const { code, message, line } = error;
  return { kind: 'document-failed', error: { code, message, ...(entry !== undefined && { entry }), ...(line !== undefined && { line }) } };
};

const begins = (format: FileFormat | 'unknown', entry?: string): IntakeItem => ({
  kind: 'document',
  format,
  ...(entry !== undefined && { entry }),
});

const checkClaim = (format: FileFormat, { format: claimed }: ReadOptions): void => {
  if (claimed !== undefined && claimed !== 'zip' && claimed !== format)
    throw new FormatError('FORMAT_DIFFERS', `The content is ${format}, not ${claimed}`);
};

/** One document: its beginning, then either all of its records or one failure. */
async function* readDocument(
  source: Source,
  format: Exclude<FileFormat, 'zip'>,
  ctx: ReaderContext,
  entry?: string,
): AsyncGenerator<IntakeItem> {
  yield begins(format, entry);
  try {
    for await (const records of READERS[format](source, ctx)) if (records.length > 0) yield { kind: 'records', records };
  } catch (error) {
    yield failed(error, entry);
  }
}

/** An entry of a zip. Pages of treasury journals are put aside: a document of theirs may have several. */
async function* readEntry(source: Source, ctx: ReaderContext, options: ReadOptions, pages: JournalPages): AsyncGenerator<IntakeItem> {
  let format: FileFormat | 'unknown' = 'unknown';
  let held = source;
  try {
    held = await heldWhenSmall(source);
    format = await detectFormat(held);
    if (format === 'zip') throw new FormatError('ZIP_NESTED', 'A zip inside a zip is not read');
    checkClaim(format, options);
    if (format === 'treasury-opi') return await pages.add(source);
  } catch (error) {
    yield begins(format, source.name);
    yield failed(error, source.name);
    return;
  }
  yield* readDocument(held, format, ctx, source.name);
}

async function* readZip(source: Source, ctx: ReaderContext, options: ReadOptions): AsyncGenerator<IntakeItem> {
  let entries: Source[];
  try {
    entries = await openZip(source, options.zipLimits ?? ZIP_LIMITS);
    if (entries.length === 0) throw new FormatError('ZIP_EMPTY', 'The zip holds no file');
  } catch (error) {
    yield begins('zip');
    yield failed(error);
    return;
  }
  const pages = new JournalPages();
  for (const entry of entries) yield* readEntry(entry, ctx, options, pages);
  yield* pages.read(ctx, begins, failed);
}

/**
 * Reads a file of any supported format, detected from its content: one document, or each entry of a zip in the order of
 * names, with the pages of treasury journals at the end, document by document in the order of pages.
 *
 * Every document begins with a `document` item. After it come either `records` items of at most 500 records (at most
 * 1,000 lines of a settlement flow), or one `document-failed` and nothing else: nothing of a document is delivered before
 * it was read to its end without a fatal error.
 * @throws only what is no fault of the file: errors of the source, `SourceChanged`, bugs.
 */
export async function* readFile(source: Source, ctx: ReaderContext, options: ReadOptions = {}): AsyncGenerator<IntakeItem> {
  let format: FileFormat | 'unknown' = 'unknown';
  try {
    format = await detectFormat(source);
    if (format !== 'zip') checkClaim(format, options);
  } catch (error) {
    yield begins(format);
    yield failed(error);
    return;
  }
  if (format === 'zip') yield* readZip(source, ctx, options);
  else yield* readDocument(source, format, ctx);
}
