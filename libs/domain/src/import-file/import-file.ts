import type { Rejection } from '@quadra/kernel';
import type { FileCounts, FileEntry, FileError, FileFormat, FileVoided, ImportFileEvent } from './events';

export type FileStatus = 'unknown' | 'accepted' | 'imported' | 'rejected' | 'voided';

export interface ImportFile {
  readonly revision: number;
  readonly status: FileStatus;
  /** Of a voided file: all that follows from the void was recorded. */
  readonly settled?: true;
}

export const NO_FILE: ImportFile = { revision: -1, status: 'unknown' };

const STATUS: Readonly<Partial<Record<string, FileStatus>>> = {
  FileAccepted: 'accepted',
  FileImported: 'imported',
  FileRejected: 'rejected',
  FileVoided: 'voided',
};

export const evolveImportFile = (file: ImportFile, event: ImportFileEvent): ImportFile => ({
  revision: file.revision + 1,
  status: STATUS[event.type] ?? file.status,
  ...(event.type === 'FileVoidCompleted' && { settled: true }),
});

export type ImportFileCommand =
  | {
      readonly type: 'AcceptFile';
      readonly name: string;
      readonly sha256: string;
      readonly attempt: number;
      readonly bytes: number;
      readonly requestedFormat?: FileFormat;
    }
  | {
      readonly type: 'FinishFile';
      readonly format: FileFormat;
      readonly parserVersion: number;
      readonly counts: FileCounts;
      readonly entries?: readonly FileEntry[];
    }
  | { readonly type: 'RejectFile'; readonly error: FileError; readonly format?: FileFormat }
  | { readonly type: 'CompleteVoid'; readonly facts: number; readonly readAgain: number };

/** A file is accepted once, ends once and is taken back once; whatever comes again is silence. */
export const decideImportFile = (command: ImportFileCommand, file: ImportFile): ImportFileEvent[] => {
  const { type: _, ...data } = command;
  switch (command.type) {
    case 'AcceptFile':
      return file.status === 'unknown' ? [{ type: 'FileAccepted', data: data as Omit<typeof command, 'type'> }] : [];
    case 'FinishFile':
      return file.status === 'accepted' ? [{ type: 'FileImported', data: data as Omit<typeof command, 'type'> }] : [];
    case 'RejectFile':
      return file.status === 'accepted' ? [{ type: 'FileRejected', data: data as Omit<typeof command, 'type'> }] : [];
    case 'CompleteVoid':
      return file.status === 'voided' && !file.settled ? [{ type: 'FileVoidCompleted', data: data as Omit<typeof command, 'type'> }] : [];
  }
};

/**
 * Takes a file back, also one that was rejected half-way: what it had recorded stands. @returns silence when it was taken
 * back before, `FILE_UNKNOWN` when nothing was taken in under this id, `FILE_BEING_IMPORTED` while nobody can say yet what
 * it says.
 */
export const decideVoid = (reason: string, file: ImportFile): FileVoided[] | Rejection<'FILE_UNKNOWN' | 'FILE_BEING_IMPORTED'> => {
  switch (file.status) {
    case 'unknown':
      return { rejected: 'FILE_UNKNOWN', because: 'no file has this id' };
    case 'accepted':
      return { rejected: 'FILE_BEING_IMPORTED', because: 'the file is still being imported' };
    case 'voided':
      return [];
    default:
      return [{ type: 'FileVoided', data: { reason } }];
  }
};
