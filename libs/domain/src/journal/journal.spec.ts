import { COMUNE, day, eur } from '../../../../test/support/facts';
import { specify } from '../../../../test/support/specify';
import { journalStream, type JournalEvent, type JournalHeader, type JournalRow } from './events';
import { NO_JOURNAL, decideJournal, evolveJournal, type JournalCommand } from './journal';

const spec = specify<JournalCommand, typeof NO_JOURNAL, JournalEvent>({
  initialState: NO_JOURNAL,
  decide: decideJournal,
  evolve: evolveJournal,
});

const header = (page: number): JournalHeader => ({
  treasurer: '03069',
  documentId: 'GDC-1',
  fiscalYear: 2026,
  from: day('2026-03-04'),
  to: day('2026-03-04'),
  page,
  pagesTotal: 2,
  schema: '1.7',
});
const row = (number: string): JournalRow => ['ENTRATA', 'SOSPESO ENTRATA', 'ESEGUITO', number, '', '1', eur(100), day('2026-03-04')];
const open = (page: number): JournalCommand => ({ type: 'OpenPage', header: header(page), accounts: [] });
const opened = (page: number): JournalEvent => ({ type: 'JournalReported', data: { ...header(page), accounts: [] } });

describe('a treasury journal', () => {
  it('is opened page by page, each once', () => {
    spec.given().when(open(1)).then(opened(1));
    spec.given(opened(1)).when(open(1)).thenNothing();
    spec.given(opened(1)).when(open(2)).then(opened(2));
  });

  it('of which two files say other balances stands with the larger content, whichever came first', () => {
    const says = (closing: number) => ({ header: header(1), accounts: [{ account: '1', closingCents: eur(closing) }] });
    const reported = (closing: number): JournalEvent => ({
      type: 'JournalReported',
      data: { ...header(1), accounts: says(closing).accounts },
    });
    spec
      .given(reported(100))
      .when({ type: 'OpenPage', ...says(150) })
      .then(reported(150));
    spec
      .given(reported(150))
      .when({ type: 'OpenPage', ...says(100) })
      .thenNothing();
    spec
      .given(reported(100), reported(150))
      .when({ type: 'OpenPage', ...says(100) })
      .thenNothing();
  });

  it('goes on where an interrupted import stopped, on its own page', () => {
    const rows = ['1', '2', '3'].map(row);
    spec
      .given(opened(1), opened(2), { type: 'JournalRowsReported', data: { page: 1, from: 0, rows: rows.slice(0, 2) } })
      .when({ type: 'AddRows', page: 1, from: 0, rows })
      .then({ type: 'JournalRowsReported', data: { page: 1, from: 2, rows: rows.slice(2) } });
  });

  it('says nothing about rows that stand', () => {
    const rows = [row('1')];
    spec
      .given(opened(1), { type: 'JournalRowsReported', data: { page: 1, from: 0, rows } })
      .when({ type: 'AddRows', page: 1, from: 0, rows })
      .thenNothing();
  });

  it('is folded over events of a newer version without a change', () =>
    expect(evolveJournal(NO_JOURNAL, { type: 'SomethingNewer', data: {} } as never)).toEqual({ ...NO_JOURNAL, revision: 0 }));

  it('has one stream per document of one treasurer', () =>
    expect(journalStream(COMUNE, '03069', 'GDC-1')).toBe('journal-00000000011_03069.GDC%2D1'));
});
