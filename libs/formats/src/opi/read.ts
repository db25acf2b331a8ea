import type { JournalAccount, JournalHeader } from '@quadra/domain';
import { FormatError, type IntakeRecord, type ReaderContext, type Source } from '../intake';
import { BATCH, fatal, reject, SourceChanged } from '../records';
import { xmlSteps } from '../xml';
import { accountsOf, HeaderCollector, headerOf, pageIdOf, type PageId } from './header';
import { MovementCollector } from './movement';
import { Ordinals, rowOf } from './row';

interface Page {
  readonly source: Source;
  readonly header: JournalHeader;
  readonly accounts: readonly JournalAccount[];
  readonly rejects: readonly IntakeRecord[];
  readonly line: number;
  readonly movements: number;
}

/** The first reading of a page, to its end: nothing comes out of a document of which a page cannot be read. */
const survey = async (source: Source, ctx: ReaderContext): Promise<Page> => {
  const collector = new HeaderCollector();
  for await (const _ of xmlSteps(source, collector));
  try {
    const { accounts, rejects } = accountsOf(collector.blocks);
    const header = headerOf(collector, ctx.org);
    return { source, header, accounts, rejects, line: collector.rootLine, movements: collector.movements };
  } catch (error) {
    throw fatal(error, collector.rootLine);
  }
};

/** Of several pages, says which one cannot be read. */
const named = async <T>(source: Source, pages: number, result: Promise<T>): Promise<T> => {
  try {
    return await result;
  } catch (error) {
    throw error instanceof FormatError && pages > 1 ? new FormatError(error.code, `${source.name}: ${error.message}`, error.line) : error;
  }
};

/** What must be equal on all pages of a document. */
const documentOf = ({ treasurer, documentId, pagesTotal, fiscalYear, from, to }: JournalHeader): string =>
  [treasurer, documentId, pagesTotal, fiscalYear, from, to].join(' ');

const checkPages = (pages: readonly Page[]): void => {
  const numbers = new Set<number>();
  for (const { header, source } of pages) {
    if (documentOf(header) !== documentOf(pages[0]!.header)) {
      throw new FormatError('PAGES_MIXED', `${source.name} is a page of another document than ${pages[0]!.source.name}`);
    }
    if (numbers.has(header.page)) throw new FormatError('PAGE_TWICE', `Page ${header.page} of ${header.documentId} stands twice`);
    numbers.add(header.page);
  }
};

async function* rowsOf(page: Page, ctx: ReaderContext, ordinals: Ordinals): AsyncGenerator<IntakeRecord[]> {
  const collector = new MovementCollector();
  const records: IntakeRecord[] = [];
  let seen = 0;
  const take = (): void => {
    for (const movement of collector.done) {
      records.push(readRow(page, movement, ctx, ordinals));
      seen++;
    }
    collector.done = [];
  };
  for await (const _ of xmlSteps(page.source, collector)) {
    take();
    while (records.length >= BATCH) yield records.splice(0, BATCH);
  }
  take();
  while (records.length > 0) yield records.splice(0, BATCH);
  if (seen !== page.movements) throw new SourceChanged(`${page.source.name} changed while it was read`);
}

const readRow = (page: Page, movement: MovementCollector['done'][number], ctx: ReaderContext, ordinals: Ordinals): IntakeRecord => {
  try {
    return rowOf(movement, page.accounts[movement.block]!.account, page.header, ctx, ordinals);
  } catch (error) {
    return reject(movement.line, error);
  }
};

/** Which page of which document a source is: enough to gather and order the pages of a zip. @throws FormatError */
export const pageOf = async (source: Source): Promise<PageId> => {
  const collector = new HeaderCollector();
  const wanted = ['testata_messaggio/codice_ABI_BT', 'identificativo_flusso_BT', 'pagina', 'pagine_totali'];
  for await (const _ of xmlSteps(source, collector)) if (wanted.every((field) => collector.fields.has(field))) break;
  try {
    return pageIdOf(collector.fields);
  } catch (error) {
    throw fatal(error, collector.rootLine);
  }
};

/**
 * Reads a treasury journal (*giornale di cassa*, OPI 1.4 to 1.8) from its pages, in any order. Per page: a `journal` record
 * with header and balances, one `journal-row` for each movement with what it does to credits (a bad row: one `reject`),
 * then `journal-end` with the number of rows that stand. Not all pages need to be here. A page is read twice, so memory
 * stays flat.
 * @throws FormatError before anything was delivered: XML that is not well-formed, a header that breaks its rules,
 * `ORGANIZATION_MISMATCH`, `PAGES_MIXED`, `PAGE_TWICE`
 */
export async function* readOpi(pages: readonly Source[], ctx: ReaderContext): AsyncGenerator<IntakeRecord[]> {
  const read: Page[] = [];
  for (const source of pages) read.push(await named(source, pages.length, survey(source, ctx)));
  checkPages(read);
  const ordinals = new Ordinals();
  for (const page of read.sort((a, b) => a.header.page - b.header.page)) {
    yield [{ kind: 'journal', line: page.line, header: page.header, accounts: page.accounts }, ...page.rejects];
    let rows = 0;
    for await (const records of rowsOf(page, ctx, ordinals)) {
      rows += records.filter((record) => record.kind === 'journal-row').length;
      yield records;
    }
    yield [{ kind: 'journal-end', line: page.line, rows }];
  }
}
