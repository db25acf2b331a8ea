import type { Cents, DomainEvent, OrgId } from '@quadra/kernel';

/** One file (or API record) that an organization took in; a new attempt only after a rejection or a void. */
export const importFileStream = (org: OrgId, fileId: string): string => `importFile-${org}_${fileId}`;

/** `<sha256>_<attempt>`: the same bytes have the same id until they were rejected or taken back. */
export const fileIdOf = (sha256: string, attempt: number): string => `${sha256}_${attempt}`;

export const FILE_FORMATS = ['receipt-xml', 'receipt-csv', 'settlement-flow-xml', 'treasury-opi', 'notification-csv', 'zip'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** read = recorded + unchanged + conflicting + ignored + rejected. */
export interface FileCounts {
  readonly read: number;
  readonly recorded: number;
  readonly unchanged: number;
  readonly conflicting: number;
  readonly ignored: number;
  readonly rejected: number;
  readonly recordedCents: Cents;
}

export interface FileEntry {
  readonly name: string;
  readonly format: FileFormat | 'unknown';
  readonly counts: FileCounts;
  readonly error?: FileError;
}

export interface FileError {
  readonly code: string;
  readonly message: string;
  readonly entry?: string;
  readonly line?: number;
}

export type FileAccepted = DomainEvent<
  'FileAccepted',
  {
    readonly name: string;
    readonly sha256: string;
    readonly attempt: number;
    readonly bytes: number;
    readonly requestedFormat?: FileFormat;
  }
>;
export type FileImported = DomainEvent<
  'FileImported',
  { readonly format: FileFormat; readonly parserVersion: number; readonly counts: FileCounts; readonly entries?: readonly FileEntry[] }
>;
export type FileRejected = DomainEvent<'FileRejected', { readonly error: FileError; readonly format?: FileFormat }>;
/** The file was wrong and is taken back; what it said is being taken back from now on. */
export type FileVoided = DomainEvent<'FileVoided', { readonly reason: string }>;
/** Nothing of the file stands any more, and what other files say as well stands by them. */
export type FileVoidCompleted = DomainEvent<
  'FileVoidCompleted',
  {
    /** How many facts were taken back. */
    readonly facts: number;
    /** How many other files were read again, because they may say the same. */
    readonly readAgain: number;
  }
>;

export type ImportFileEvent = FileAccepted | FileImported | FileRejected | FileVoided | FileVoidCompleted;
