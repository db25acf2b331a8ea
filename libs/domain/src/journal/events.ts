import type { Cents, DomainEvent, LocalDate, OrgId } from '@quadra/kernel';
import { encodeId } from '@quadra/kernel';

/**
 * The treasury journal (*giornale di cassa*) as a document: which days and accounts it covers, its balances, and every
 * row of it, also those that bring no pagoPA money. Coverage and the balance control read it.
 */
export const journalStream = (org: OrgId, treasurer: string, documentId: string): string =>
  `journal-${org}_${encodeId(treasurer)}.${encodeId(documentId)}`;

export interface JournalAccount {
  /** *Conto di evidenza*. */
  readonly account: string;
  readonly openingCents?: Cents;
  readonly inCents?: Cents;
  readonly outCents?: Cents;
  readonly closingCents?: Cents;
}

export interface JournalHeader {
  readonly treasurer: string;
  /** The identifier of the bank's flow without its page part. */
  readonly documentId: string;
  readonly fiscalYear: number;
  /** The days that the journal covers, inclusive. */
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** This page of the document, from 1; pages may come in one zip or one by one. */
  readonly page: number;
  readonly pagesTotal: number;
  readonly schema: string;
}

/** A row as it stands, without free text: [direction, document type, operation, number, progressive, account, cents, date]. */
export type JournalRow = readonly [
  direction: string,
  documentType: string,
  operation: string,
  number: string,
  progressive: string,
  account: string,
  cents: Cents,
  on: LocalDate,
];

export type JournalReported = DomainEvent<'JournalReported', JournalHeader & { readonly accounts: readonly JournalAccount[] }>;
export type JournalRowsReported = DomainEvent<
  'JournalRowsReported',
  { readonly page: number; readonly from: number; readonly rows: readonly JournalRow[] }
>;

/** The page no longer stands: its file was taken back. Reported anew it begins again. */
export type JournalPageVoided = DomainEvent<'JournalPageVoided', { readonly page: number; readonly reason: string }>;

export type JournalEvent = JournalReported | JournalRowsReported | JournalPageVoided;
