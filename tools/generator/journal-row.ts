import type { Day } from './calendar';
import type { Cents } from './model';

/** A row of the journal; `cash` says what it does to the balance: 1 in, -1 out (or in taken back), 0 nothing. */
export interface JournalRow {
  readonly direction: 'ENTRATA' | 'USCITA';
  readonly document: 'SOSPESO ENTRATA' | 'SOSPESO USCITA' | 'REVERSALE' | 'MANDATO' | 'GIROCONTO';
  readonly operation: 'ESEGUITO' | 'STORNATO' | 'REGOLARIZZATO' | 'RIPRISTINATO';
  readonly number: number;
  readonly progressive: number;
  readonly cents: Cents;
  readonly cash: 1 | 0 | -1;
  readonly on: Day;
  readonly valueOn: Day;
  readonly client: string;
  readonly text: string;
  readonly execution: string;
  readonly endToEnd?: string;
  /** Provisional credits that a collection order covers. */
  readonly covers?: readonly { readonly number: number; readonly cents: Cents }[];
  /** *Numero bolletta*, a series of its own. */
  readonly receiptNumber: number;
}
