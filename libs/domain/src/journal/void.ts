import type { VoidOf } from '../voiding/events';
import type { JournalEvent } from './events';

/** What takes a page of a journal back. */
export const voidOfJournal: VoidOf<JournalEvent> = (event) =>
  event.type === 'JournalReported' ? { type: 'JournalPageVoided', data: { page: event.data.page } } : undefined;
