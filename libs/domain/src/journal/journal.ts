import type { JournalAccount, JournalEvent, JournalHeader, JournalRow } from './events';

interface PageLife {
  /** How many of its rows stand already. */
  readonly rows: number;
  /** What its header says of days and balances. */
  readonly content: string;
}

export interface JournalLife {
  readonly revision: number;
  readonly pages: Readonly<Record<number, PageLife>>;
}

export const NO_JOURNAL: JournalLife = { revision: -1, pages: {} };

type PageHead = Extract<JournalEvent, { type: 'JournalReported' }>['data'];

const contentOf = ({ from, to, pagesTotal, fiscalYear, accounts }: PageHead): string =>
  JSON.stringify([from, to, pagesTotal, fiscalYear, accounts]);

export const evolveJournal = (journal: JournalLife, event: JournalEvent): JournalLife => {
  const revision = journal.revision + 1;
  switch (event.type) {
    case 'JournalReported': {
      const rows = journal.pages[event.data.page]?.rows ?? 0;
      return { revision, pages: { ...journal.pages, [event.data.page]: { rows, content: contentOf(event.data) } } };
    }
    case 'JournalRowsReported': {
      const page = journal.pages[event.data.page] ?? { rows: 0, content: '' };
      return { revision, pages: { ...journal.pages, [event.data.page]: { ...page, rows: page.rows + event.data.rows.length } } };
    }
    case 'JournalPageVoided': {
      const { [event.data.page]: _, ...pages } = journal.pages;
      return { revision, pages };
    }
    default:
      return { ...journal, revision };
  }
};

export type JournalCommand =
  | { readonly type: 'OpenPage'; readonly header: JournalHeader; readonly accounts: readonly JournalAccount[] }
  | { readonly type: 'AddRows'; readonly page: number; readonly from: number; readonly rows: readonly JournalRow[] };

/**
 * Takes one page of a journal in; rows that stand already are left out. Where two files say other days or balances of one page, the
 * content that is larger as text stands: an order over content, never over arrival.
 */
export const decideJournal = (command: JournalCommand, journal: JournalLife): JournalEvent[] => {
  if (command.type === 'OpenPage') {
    const data = { ...command.header, accounts: command.accounts };
    const known = journal.pages[command.header.page];
    return known && known.content >= contentOf(data) ? [] : [{ type: 'JournalReported', data }];
  }
  const start = Math.max(command.from, journal.pages[command.page]?.rows ?? 0);
  const rows = command.rows.slice(start - command.from);
  return rows.length ? [{ type: 'JournalRowsReported', data: { page: command.page, from: start, rows } }] : [];
};
