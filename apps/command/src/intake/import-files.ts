import type { FileError, FileFormat, ImportFileCommand, ImportFileEvent } from '@quadra/domain';
import { decideImportFile, importFileStream } from '@quadra/domain';
import { PARSER_VERSION } from '@quadra/formats';
import type { EventStore } from '@quadra/event-store';
import type { Pool } from 'pg';
import { lifeOf } from './accept';
import type { ImportResult } from './apply/file-import';
import { FileImport } from './apply/file-import';
import { ReaderCrashed } from './errors';
import type { FileRow, FileTable } from './file-table';
import { keepPersonal } from './personal-store';
import type { FilePiece } from './protocol';
import type { ReaderPool } from './reader-pool';
import { RejectLog } from './rejects';

const MAX_CRASHES = 2;

export interface ImportParts {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly files: FileTable;
  readonly readers: ReaderPool;
  readonly onPiece: (file: FileRow, run: FileImport) => void;
}

/** Takes one accepted file from its beginning to its end. Run again after a crash it repeats itself without doubling anything. */
export const importFile = async (parts: ImportParts, file: FileRow, signal: AbortSignal): Promise<void> => {
  const { status } = await lifeOf(parts.store, file.org, file.fileId);
  if (status !== 'accepted') {
    if (status !== 'unknown') await parts.files.setStatus(file.org, file.fileId, status);
    return;
  }
  await parts.files.setStatus(file.org, file.fileId, 'processing');
  const result = await readThrough(parts, file, signal);
  await endFile(parts, file, endOf(result));
};

/** Ends a file that cannot be imported. What was recorded of it before stands. */
export const rejectFile = (parts: ImportParts, file: FileRow, error: FileError, format?: FileFormat): Promise<void> =>
  endFile(parts, file, { type: 'RejectFile', error, ...(format && { format }) });

const endOf = (result: ImportResult): ImportFileCommand => {
  if (!result.imported) return { type: 'RejectFile', error: result.error, ...(result.format && { format: result.format }) };
  const { format, counts, entries } = result;
  return { type: 'FinishFile', format, parserVersion: PARSER_VERSION, counts, ...(entries && { entries }) };
};

/** A reader may end on a file once by bad luck; the second time it is the file. */
const readThrough = async (parts: ImportParts, file: FileRow, signal: AbortSignal): Promise<ImportResult> => {
  for (;;) {
    try {
      return await readOnce(parts, file, signal);
    } catch (e) {
      if (!(e instanceof ReaderCrashed)) throw e;
      const crashes = await parts.files.crashed(file.org, file.fileId);
      if (crashes < MAX_CRASHES) continue;
      return { imported: false, error: { code: 'READER_CRASHED', message: `The file ended its reader ${crashes} times: ${e.message}` } };
    }
  }
};

const readOnce = async (parts: ImportParts, file: FileRow, signal: AbortSignal): Promise<ImportResult> => {
  const rejects = await RejectLog.begin(parts.pool, file.org, file.fileId);
  const run = new FileImport(
    parts.store,
    { keepPersonal: (org, personal) => keepPersonal(parts.pool, org, personal), keepRejects: (rows) => rejects.keep(rows) },
    file,
  );
  const { org, fileId, sha256, name, requestedFormat } = file;
  const pieces = parts.readers.read({ org, fileId, sha256, name, ...(requestedFormat && { requestedFormat }) }, signal);
  try {
    const error = await applyAll(pieces, run, () => parts.onPiece(file, run));
    await run.settled();
    return run.result(error);
  } finally {
    // Nothing of this run may still be written while the next one begins.
    await run.settled().catch(() => undefined);
  }
};

const applyAll = async (
  pieces: AsyncGenerator<FilePiece, FileError | undefined>,
  run: FileImport,
  onPiece: () => void,
): Promise<FileError | undefined> => {
  try {
    for (;;) {
      const next = await pieces.next();
      if (next.done) return next.value;
      await run.apply(next.value);
      onPiece();
    }
  } finally {
    await pieces.return(undefined);
  }
};

const endFile = async (parts: ImportParts, file: FileRow, command: ImportFileCommand): Promise<void> => {
  const { org, fileId, actor, correlationId } = file;
  const stream = importFileStream(org, fileId);
  const meta = { commandId: `${fileId}/end`, actor, $correlationId: correlationId, schemaVersion: 1, source: { fileId } };
  for (;;) {
    const life = await lifeOf(parts.store, org, fileId);
    const events: ImportFileEvent[] = decideImportFile(command, life);
    if (events.length > 0) {
      const { ok } = await parts.store.append({ stream, expected: life.revision, events: events.map((event) => ({ ...event, meta })) });
      if (!ok) continue;
      const zipped = command.type !== 'AcceptFile' && command.format === 'zip';
      return parts.files.setStatus(org, fileId, events[0]!.type === 'FileImported' ? 'imported' : 'rejected', zipped);
    }
    // Somebody else has ended it (another instance, or a void): the row follows.
    return parts.files.setStatus(org, fileId, life.status === 'unknown' ? 'accepted' : life.status);
  }
};
