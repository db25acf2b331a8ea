import type {
  CreditCommand,
  FileError,
  FileFormat,
  FlowHeader,
  FlowLine,
  JournalAccount,
  JournalHeader,
  JournalRow,
  NoticeContent,
  ReceiptContent,
} from '@quadra/domain';
import type { Cents, OrgId } from '@quadra/kernel';
import type { KeyringMaterial } from '@quadra/platform/keyring';

/**
 * What the thread that reads files says to the thread that applies them. Records come ready to be decided on: the stream is
 * named, personal fields are sealed and replaced by a reference. They travel as JSON text, which is cheaper to take over than
 * a structured clone.
 */
interface AtLine {
  readonly line: number;
}

export interface PreparedEffect {
  readonly stream: string;
  readonly command: CreditCommand;
}

export type PreparedRecord =
  | (AtLine & { readonly kind: 'receipt'; readonly stream: string; readonly rows?: number; readonly content: ReceiptContent })
  | (AtLine & { readonly kind: 'notice'; readonly stream: string; readonly rows?: number; readonly content: NoticeContent })
  | (AtLine & { readonly kind: 'flow'; readonly stream: string; readonly header: FlowHeader })
  | (AtLine & { readonly kind: 'flow-lines'; readonly from: number; readonly lines: readonly FlowLine[] })
  | (AtLine & { readonly kind: 'flow-end'; readonly count: number; readonly linesCents: Cents; readonly revokedCents: Cents })
  | (AtLine & {
      readonly kind: 'journal';
      readonly stream: string;
      readonly header: JournalHeader;
      readonly accounts: readonly JournalAccount[];
    })
  | (AtLine & { readonly kind: 'journal-row'; readonly row: JournalRow; readonly effects: readonly PreparedEffect[] })
  | (AtLine & { readonly kind: 'journal-end' })
  | (AtLine & { readonly kind: 'ignored'; readonly rows?: number })
  | (AtLine & {
      readonly kind: 'reject';
      readonly rows?: number;
      readonly field: string;
      readonly code: string;
      readonly message: string;
    });

export type PreparedItem =
  | { readonly kind: 'document'; readonly entry?: string; readonly format: FileFormat | 'unknown' }
  | { readonly kind: 'document-failed'; readonly error: FileError }
  | PreparedRecord;

/** Up to 500 personal records of one file, sealed as one: `ref` names them, a record is `<ref>:<its index>`. */
export interface SealedPersonal {
  readonly ref: string;
  readonly sealed: Uint8Array;
}

/** A piece of a file, in order. */
export interface FilePiece {
  readonly type: 'piece';
  readonly items: readonly PreparedItem[];
  readonly personal?: SealedPersonal;
}

export type FileEnd = Extract<FromReader, { readonly type: 'end' }>;

export interface ReadTask {
  readonly org: OrgId;
  readonly fileId: string;
  readonly sha256: string;
  readonly name: string;
  readonly requestedFormat?: FileFormat;
}

/** `read`: files, one after the other; what is said of one ends with its `end` before the next begins. */
export type ToReader = { readonly type: 'read'; readonly tasks: readonly ReadTask[] } | { readonly type: 'taken' };

export type FromReader =
  | { readonly type: 'piece'; readonly items: string; readonly personal?: SealedPersonal }
  /** Loaded, or still reading: a long file may need a while before its first record comes out. */
  | { readonly type: 'alive' }
  /** The end of one file, with what stopped the reader when it was not the end of the bytes. */
  | { readonly type: 'end'; readonly error?: FileError }
  /** The stored bytes of a file could not be had; says nothing about the file, and no other file follows. */
  | { readonly type: 'unavailable'; readonly message: string };

/** Pieces that may be on the way before the applying thread has taken one. */
export const PIECES_IN_FLIGHT = 4;

export interface ReaderData {
  readonly databaseUrl: string;
  readonly keyring: KeyringMaterial;
}
