import type { JournalCommand, JournalEvent, JournalLife, JournalRow } from '@quadra/domain';
import type { PreparedRecord } from '../protocol';
import type { ImportOrigin, Works } from './context';
import { metaOf } from './context';
import { CREDIT, JOURNAL } from './rules';
import { StreamWork } from './stream-work';
import type { DocumentState } from './tally';

type JournalRecord = Extract<PreparedRecord, { kind: 'journal' | 'journal-row' | 'journal-end' }>;
type RowRecord = Extract<JournalRecord, { kind: 'journal-row' }>;

type JournalWork = StreamWork<JournalCommand, JournalLife, JournalEvent>;

const MAX_ROWS_PER_EVENT = 500;
const MAX_ROWS_BYTES = 200 * 1024;

/** A movement and what became of it, in the journal and in the credits that it touches. */
interface RowState {
  readonly document: DocumentState;
  readonly record: RowRecord;
  isNew: boolean;
  conflicting: boolean;
  bookedCents: number;
}

interface OpenPage {
  readonly work: JournalWork;
  readonly page: number;
  rows: number;
  waiting: RowState[];
}

/** Rows cut into events of bounded size. */
const groupsOf = (rows: readonly RowState[]): RowState[][] => {
  const groups: RowState[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row.record.row)) + 1;
    const last = groups.at(-1);
    if (last && last.length < MAX_ROWS_PER_EVENT && bytes + size <= MAX_ROWS_BYTES) {
      last.push(row);
      bytes += size;
    } else {
      groups.push([row]);
      bytes = size;
    }
  }
  return groups;
};

/** Takes in pages of a treasury journal (*giornale di cassa*): each row into the journal, its effects into the credits. */
export class JournalIntake {
  private open: OpenPage | undefined;
  private touched: JournalWork[] = [];
  private rows: RowState[] = [];

  constructor(private readonly origin: ImportOrigin) {}

  add(works: Works, document: DocumentState, record: JournalRecord): void {
    if (record.kind === 'journal') this.start(document, record);
    else if (!this.open) throw new Error(`A ${record.kind} without its journal at line ${record.line}`);
    else if (record.kind === 'journal-row') this.row(works, this.open, document, record);
    else this.endPage(this.open);
  }

  /** Hands over what this piece of the file brought. @returns what counts its rows, once all of it stands. */
  flush(works: Works): () => void {
    if (this.open) this.addRows(this.open);
    for (const work of this.touched) works.resume(work);
    const rows = this.rows;
    this.touched = this.open ? [this.open.work] : [];
    this.rows = [];
    return () => rows.forEach(count);
  }

  private start(document: DocumentState, { stream, line, header, accounts }: Extract<JournalRecord, { kind: 'journal' }>): void {
    // Pages of one document that come in one piece of the file share a work, so that they are appended in order.
    const work = this.touched.find((known) => known.stream === stream) ?? new StreamWork(stream, JOURNAL, this.origin.fileId);
    if (!this.touched.includes(work)) this.touched.push(work);
    work.add({
      command: { type: 'OpenPage', header, accounts },
      meta: metaOf(this.origin, document, line, 'page'),
      settle: () => undefined,
    });
    this.open = { work, page: header.page, rows: 0, waiting: [] };
  }

  private row(works: Works, page: OpenPage, document: DocumentState, record: RowRecord): void {
    const state: RowState = { document, record, isNew: false, conflicting: false, bookedCents: 0 };
    page.waiting.push(state);
    this.rows.push(state);
    record.effects.forEach(({ stream, command }, n) => {
      works.on(stream, CREDIT).add({
        command,
        meta: metaOf(this.origin, document, record.line, n),
        settle: (facts) => {
          for (const fact of facts) {
            state.isNew = true;
            if (fact.type === 'CreditConflicted') state.conflicting = true;
            if (fact.type === 'CreditBooked') state.bookedCents += fact.data.amountCents;
          }
        },
      });
    });
  }

  private addRows(page: OpenPage): void {
    for (const group of groupsOf(page.waiting)) {
      const from = page.rows;
      const [first] = group;
      page.work.add({
        command: { type: 'AddRows', page: page.page, from, rows: group.map((state): JournalRow => state.record.row) },
        meta: metaOf(this.origin, first!.document, first!.record.line, 'rows'),
        settle: (facts) => markNew(group, from, facts),
      });
      page.rows += group.length;
    }
    page.waiting = [];
  }

  private endPage(page: OpenPage): void {
    this.addRows(page);
    this.open = undefined;
  }
}

const markNew = (group: readonly RowState[], from: number, facts: readonly JournalEvent[]): void => {
  for (const fact of facts) {
    if (fact.type !== 'JournalRowsReported') continue;
    for (let i = 0; i < fact.data.rows.length; i++) {
      const row = group[fact.data.from - from + i];
      if (row) row.isNew = true;
    }
  }
};

const count = (row: RowState): void => {
  const fate = row.conflicting ? 'conflicting' : row.isNew ? 'recorded' : 'unchanged';
  row.document.tally.add(fate, 1, fate === 'recorded' ? row.bookedCents : 0);
};
