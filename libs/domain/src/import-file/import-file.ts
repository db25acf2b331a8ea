import type { FileCounts, FileEntry, FileError, FileFormat, ImportFileEvent } from './events';

export type FileStatus = 'unknown' | 'accepted' | 'imported' | 'rejected' | 'voided';

export interface ImportFile {
  readonly revision: number;
  readonly status: FileStatus;
}

export const NO_FILE: ImportFile = { revision: -1, status: 'unknown' };

const STATUS: Readonly<Record<ImportFileEvent['type'], FileStatus>> = {
  FileAccepted: 'accepted',
  FileImported: 'imported',
  FileRejected: 'rejected',
  FileVoided: 'voided',
};

export const evolveImportFile = (file: ImportFile, event: ImportFileEvent): ImportFile => ({
  revision: file.revision + 1,
  status: STATUS[event.type] ?? file.status,
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
  | { readonly type: 'RejectFile'; readonly error: FileError; readonly format?: FileFormat };

/** A file is accepted once and ends once; whatever comes again is silence. */
export const decideImportFile = (command: ImportFileCommand, file: ImportFile): ImportFileEvent[] => {
  const { type: _, ...data } = command;
  switch (command.type) {
    case 'AcceptFile':
      return file.status === 'unknown' ? [{ type: 'FileAccepted', data: data as Omit<typeof command, 'type'> }] : [];
    case 'FinishFile':
      return file.status === 'accepted' ? [{ type: 'FileImported', data: data as Omit<typeof command, 'type'> }] : [];
    case 'RejectFile':
      return file.status === 'accepted' ? [{ type: 'FileRejected', data: data as Omit<typeof command, 'type'> }] : [];
  }
};
