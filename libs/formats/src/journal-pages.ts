import type { FileFormat } from '@quadra/domain';
import type { IntakeItem, ReaderContext, Source } from './intake';
import { type PageId, pageOf, readOpi } from './opi';

interface Page {
  readonly id: PageId;
  readonly source: Source;
}

type Begins = (format: FileFormat, entry: string) => IntakeItem;
type Failed = (error: unknown, entry: string) => IntakeItem;

/** The pages of treasury journals found in one zip, gathered by document: a zip may hold the journals of many days. */
export class JournalPages {
  private readonly documents = new Map<string, Page[]>();

  /** @throws FormatError when the entry does not say which page of which document it is */
  async add(source: Source): Promise<void> {
    const id = await pageOf(source);
    const key = `${id.treasurer} ${id.documentId}`;
    const pages = this.documents.get(key);
    if (pages === undefined) this.documents.set(key, [{ id, source }]);
    else pages.push({ id, source });
  }

  /** Every page gets its own `document` item; a page that cannot be read takes its whole document with it. */
  async *read(ctx: ReaderContext, begins: Begins, failed: Failed): AsyncGenerator<IntakeItem> {
    for (const pages of this.documents.values()) {
      pages.sort((a, b) => a.id.page - b.id.page);
      yield* readPages(pages, ctx, begins, failed);
    }
  }
}

async function* readPages(pages: readonly Page[], ctx: ReaderContext, begins: Begins, failed: Failed): AsyncGenerator<IntakeItem> {
  const names = pages.map((page) => page.source.name);
  const reading = readOpi(
    pages.map((page) => page.source),
    ctx,
  );
  let page = 0;
  try {
    for await (const records of reading) {
      // The reader takes the pages in their order and begins each with its `journal` record.
      if (records[0]?.kind === 'journal') yield begins('treasury-opi', names[page++]!);
      yield { kind: 'records', records };
    }
  } catch (error) {
    for (const name of names) yield* [begins('treasury-opi', name), failed(error, name)];
  }
}
