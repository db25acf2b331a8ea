import type { Cents, LocalDate, OrgId } from '@quadra/kernel';
import type {
  CreditContent,
  CreditIdentity,
  FileError,
  FileFormat,
  FlowHeader,
  FlowLine,
  JournalAccount,
  JournalHeader,
  JournalRow,
  NoticeContent,
  ReceiptContent,
  RemittanceCandidate,
} from '@quadra/domain';

/** Raised when the way of reading changes what a file yields; stands in `FileImported`. */
export const PARSER_VERSION = 1;

/** Bytes that can be read again and from anywhere, without ever being in memory as a whole. */
export interface Source {
  readonly name: string;
  readonly size: number;
  /** From the beginning, in pieces. Each call starts anew. */
  open(): AsyncIterable<Uint8Array>;
  readAt(offset: number, length: number): Promise<Uint8Array>;
}

export interface ReaderContext {
  /** The organization that takes the file in. Records of others are refused row by row. */
  readonly org: OrgId;
  /** Keyed digest (HMAC) of a text that must not stand in events: the fiscal code of a debtor, a remittance text. */
  readonly digest: (text: string) => string;
  /** Reads flow ids and IUVs out of a remittance text: `parseRemittance` of the matching library. */
  readonly parseRemittance: (text: string) => RemittanceReading;
}

/** What a remittance text names: spellings of flow ids (grouped, best first), IUVs, and the version that read them. */
export interface RemittanceReading {
  readonly candidates: readonly RemittanceCandidate[];
  readonly iuvs: readonly string[];
  readonly parserVersion: number;
}

/** Personal data and bank free text, by field name; goes encrypted to the personal store and never into an event. */
export type PersonalFields = Readonly<Record<string, string>>;

/** What a journal row does to credits, by the decision table (docs/reference/treasury-journal.md). */
export type CreditEffect =
  | { readonly effect: 'booked'; readonly content: Omit<CreditContent, 'personalRef'> }
  | {
      readonly effect: 'reversed';
      readonly credit: CreditIdentity;
      readonly on: LocalDate;
      readonly amountCents: Cents;
      readonly ordinal: number;
      readonly document?: string;
    }
  | {
      readonly effect: 'regularized' | 'regularization-reverted';
      readonly credit: CreditIdentity;
      readonly on: LocalDate;
      readonly amountCents: Cents;
      readonly ordinal: number;
      readonly document?: string;
      readonly order: string;
      readonly orderYear: number;
    };

interface AtLine {
  /** Line of the document where the record starts, from 1. */
  readonly line: number;
}

export type IntakeRecord =
  | (AtLine & {
      readonly kind: 'receipt';
      readonly iuv: string;
      readonly content: Omit<ReceiptContent, 'personalRef'>;
      /** Rows of the file that make up this receipt, each counted as one record read; 1 when absent. */
      readonly rows?: number;
      readonly personal: PersonalFields;
    })
  | (AtLine & {
      readonly kind: 'notice';
      readonly iuv: string;
      readonly content: Omit<NoticeContent, 'personalRef'>;
      readonly personal: PersonalFields;
    })
  | (AtLine & { readonly kind: 'flow'; readonly header: FlowHeader })
  /** Lines of the flow that the last `flow` record opened; each tuple counts as one record read. */
  | (AtLine & { readonly kind: 'flow-lines'; readonly from: number; readonly lines: readonly FlowLine[] })
  | (AtLine & { readonly kind: 'flow-end'; readonly count: number; readonly linesCents: Cents; readonly revokedCents: Cents })
  | (AtLine & { readonly kind: 'journal'; readonly header: JournalHeader; readonly accounts: readonly JournalAccount[] })
  /** One movement; it counts as one record read whatever it does. `personal` belongs to a booked credit. */
  | (AtLine & {
      readonly kind: 'journal-row';
      readonly row: JournalRow;
      readonly effects: readonly CreditEffect[];
      readonly personal?: PersonalFields;
    })
  | (AtLine & { readonly kind: 'journal-end'; readonly rows: number })
  /** Read, but nothing that Quadra keeps: blank rows, rows of a kind that says nothing about payments. */
  | (AtLine & { readonly kind: 'ignored'; readonly reason: string })
  | (AtLine & { readonly kind: 'reject'; readonly field: string; readonly code: string; readonly message: string });

export type IntakeItem =
  /** A document begins: the file itself, or an entry of a zip. What follows belongs to it. */
  | { readonly kind: 'document'; readonly entry?: string; readonly format: FileFormat | 'unknown' }
  | { readonly kind: 'records'; readonly records: readonly IntakeRecord[] }
  /** The document cannot be read: nothing of it was emitted. */
  | { readonly kind: 'document-failed'; readonly error: FileError };

/** A whole file cannot be read; `code` is stable, the message names what is wrong and where. */
export class FormatError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly line?: number,
  ) {
    super(message);
  }
}
