import type { JournalAccount, JournalEvent, JournalHeader, JournalRow } from './events';

/** How much of each page of a journal stands already. */
export interface JournalLife {
  readonly revision: number;
  readonly pages: Readonly<Record<number, { readonly rows: number }>>;
}

export const NO_JOURNAL: JournalLife = { revision: -1, pages: {} };

export const evolveJournal = (journal: JournalLife, event: JournalEvent): JournalLife => {
  const revision = journal.revision + 1;
  switch (event.type) {
    case 'JournalReported':
      return { revision, pages: { ...journal.pages, [event.data.page]: { rows: 0 } } };
    case 'JournalRowsReported': {
      const page = journal.pages[event.data.page];
      return { revision, pages: { ...journal.pages, [event.data.page]: { rows: (page?.rows ?? 0) + event.data.rows.length } } };
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

/** Takes one page of a journal in; rows that stand already are left out. */
export const decideJournal = (command: JournalCommand, journal: JournalLife): JournalEvent[] => {
  if (command.type === 'OpenPage') {
    return journal.pages[command.header.page] ? [] : [{ type: 'JournalReported', data: { ...command.header, accounts: command.accounts } }];
  }
  const start = Math.max(command.from, journal.pages[command.page]?.rows ?? 0);
  const rows = command.rows.slice(start - command.from);
  return rows.length ? [{ type: 'JournalRowsReported', data: { page: command.page, from: start, rows } }] : [];
};
