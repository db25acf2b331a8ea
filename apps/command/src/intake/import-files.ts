import type { FileError, FileFormat, ImportFileCommand, ImportFileEvent } from '@quadra/domain';
import { decideImportFile, importFileStream } from '@quadra/domain';
import { PARSER_VERSION } from '@quadra/formats';
import type { EventStore } from '@quadra/event-store';
import type { OrgId } from '@quadra/kernel';
import type { Pool } from 'pg';
import type { FileLife } from './accept';
import { lifeOf, livesOf } from './accept';
import type { ImportResult } from './apply/file-import';
import { FileImport } from './apply/file-import';
import { ReaderCrashed } from './errors';
import type { FileRow, FileRowStatus, FileTable } from './file-table';
import { keepPersonal } from './personal-store';
import type { FileEnd, FilePiece, ReadTask } from './protocol';
import type { ReaderPool } from './reader-pool';
import { RejectLog } from './rejects';

const MAX_CRASHES = 2;
/** Files that wait for the store while the next one is read. */
const ENDINGS_UNDERWAY = 4;

export interface ImportParts {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly files: FileTable;
  readonly readers: ReaderPool;
  readonly onPiece: (file: FileRow, run: FileImport) => void;
}

/** What stopped the import of several files, and at which of them. */
export class ImportFailed extends Error {
  constructor(
    readonly file: FileRow,
    cause: unknown,
  ) {
    super((cause as Error).message, { cause });
  }
}

interface Known {
  readonly file: FileRow;
  readonly life: FileLife;
}

/**
 * Takes accepted files of one organization from their beginning to their end, in order. Run again after a crash it repeats
 * itself without doubling anything.
 * @throws ImportFailed at the first file that cannot be taken in now: those before it have come to their end.
 */
export const importFiles = async (parts: ImportParts, files: readonly FileRow[], signal: AbortSignal): Promise<void> => {
  const { org } = files[0]!;
  const lives = await livesOf(parts.store, org, files);
  const known = files.map((file) => ({ file, life: lives.get(file.fileId)! }));
  const endings = new Endings(parts, org);
  for (const { file, life } of known) if (life.status !== 'accepted' && life.status !== 'unknown') endings.note(file, life.status);
  const open = known.filter(({ life }) => life.status === 'accepted');
  if (open.length > 0) await begin(parts, open);
  try {
    for (let from = 0; from < open.length;) from += await readOn(parts, open.slice(from), endings, signal);
  } finally {
    await endings.close();
  }
};

/** Ends a file that cannot be imported. What was recorded of it before stands. */
export const rejectFile = async (parts: ImportParts, file: FileRow, error: FileError, format?: FileFormat): Promise<void> => {
  const life = await lifeOf(parts.store, file.org, file.fileId);
  const end = await endFile(parts.store, { file, life }, { type: 'RejectFile', error, ...(format && { format }) });
  await parts.files.ended(file.org, [end]);
};

const begin = ({ files }: ImportParts, open: readonly Known[]): Promise<void> =>
  files.begin(
    open[0]!.file.org,
    open.map(({ file }) => file.fileId),
  );

/** What a reader is asked for. */
export const taskOf = ({ org, fileId, sha256, name, requestedFormat }: FileRow): ReadTask => ({
  org,
  fileId,
  sha256,
  name,
  ...(requestedFormat && { requestedFormat }),
});

/** Reads files until a reader ends on one of them. @returns how many are done with. */
const readOn = async (parts: ImportParts, open: readonly Known[], endings: Endings, signal: AbortSignal): Promise<number> => {
  const items = parts.readers.read(
    open.map(({ file }) => taskOf(file)),
    signal,
  );
  let done = 0;
  try {
    for (; done < open.length; done++) await takeIn(parts, open[done]!, items, endings);
    return done;
  } catch (e) {
    const known = open[done]!;
    if (e instanceof ReaderCrashed) return done + (await crashed(parts, known, e, endings));
    throw e instanceof ImportFailed ? e : new ImportFailed(known.file, e);
  } finally {
    await items.return(undefined);
  }
};

/** A reader may end on a file once by bad luck; the second time it is the file. @returns the files that are done with: 0 or 1. */
const crashed = async (parts: ImportParts, known: Known, e: ReaderCrashed, endings: Endings): Promise<number> => {
  const { org, fileId } = known.file;
  const crashes = await parts.files.crashed(org, fileId);
  if (crashes < MAX_CRASHES) {
    await begin(parts, [known]);
    return 0;
  }
  const error = { code: 'READER_CRASHED', message: `The file ended its reader ${crashes} times: ${e.message}` };
  await endings.add(known, () => Promise.resolve({ imported: false, error }));
  return 1;
};

const takeIn = async (parts: ImportParts, known: Known, items: AsyncGenerator<FilePiece | FileEnd>, endings: Endings): Promise<void> => {
  const { file } = known;
  const rejects = new RejectLog(parts.pool, file.org, file.fileId);
  const run = new FileImport(
    parts.store,
    { keepPersonal: (org, personal) => keepPersonal(parts.pool, org, personal), keepRejects: (rows) => rejects.keep(rows) },
    file,
  );
  try {
    for (;;) {
      const { value } = (await items.next()) as { value: FilePiece | FileEnd };
      if (value.type === 'end') return await endings.add(known, () => run.settled().then(() => run.result(value.error)));
      await run.apply(value);
      parts.onPiece(file, run);
    }
  } catch (e) {
    // Nothing of this run may still be written while the next one begins.
    await run.settled().catch(() => undefined);
    throw e;
  }
};

type EndCommand = Extract<ImportFileCommand, { readonly type: 'FinishFile' | 'RejectFile' }>;

const endOf = (result: ImportResult): EndCommand => {
  if (!result.imported) return { type: 'RejectFile', error: result.error, ...(result.format && { format: result.format }) };
  const { format, counts, entries } = result;
  return { type: 'FinishFile', format, parserVersion: PARSER_VERSION, counts, ...(entries && { entries }) };
};

interface Ended {
  readonly fileId: string;
  readonly status: FileRowStatus;
  readonly zipped: boolean;
}

/** Files that were read to their end: each ends once all of it stands, while the next one is read; the rows follow together. */
class Endings {
  private readonly underway = new Set<Promise<void>>();
  private readonly ended: Ended[] = [];
  private failure: ImportFailed | undefined;
  /** The end of the file before is on its way to the store, which keeps the order. */
  private before: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: ImportParts,
    private readonly org: OrgId,
  ) {}

  note({ fileId }: FileRow, status: FileRowStatus): void {
    this.ended.push({ fileId, status, zipped: false });
  }

  /** @throws ImportFailed when an earlier file could not be ended. */
  async add(known: Known, result: () => Promise<ImportResult>): Promise<void> {
    while (this.underway.size >= ENDINGS_UNDERWAY) await Promise.race(this.underway);
    if (this.failure) throw this.failure;
    const task = this.end(known, result).catch((e: unknown) => {
      this.failure ??= new ImportFailed(known.file, e);
    });
    const tracked = task.finally(() => this.underway.delete(tracked));
    this.underway.add(tracked);
  }

  /** @throws ImportFailed when a file could not be ended. */
  async close(): Promise<void> {
    await Promise.all(this.underway);
    await this.parts.files.ended(this.org, this.ended);
    if (this.failure) throw this.failure;
  }

  private async end(known: Known, result: () => Promise<ImportResult>): Promise<void> {
    const { before } = this;
    let onItsWay!: () => void;
    this.before = new Promise((go) => (onItsWay = go));
    try {
      const command = endOf(await result());
      await before;
      const ended = endFile(this.parts.store, known, command);
      onItsWay();
      this.ended.push(await ended);
    } finally {
      onItsWay();
    }
  }
}

/** Says in the stream of a file what has become of it, unless somebody else (another instance, or a void) has said it. */
const endFile = async (store: EventStore, { file, life }: Known, command: EndCommand): Promise<Ended> => {
  const { org, fileId, actor, correlationId } = file;
  const meta = { commandId: `${fileId}/end`, actor, $correlationId: correlationId, schemaVersion: 1, source: { fileId } };
  for (let known = life; ; known = await lifeOf(store, org, fileId)) {
    const events: ImportFileEvent[] = decideImportFile(command, known);
    if (events.length === 0) return { fileId, status: known.status === 'unknown' ? 'accepted' : known.status, zipped: false };
    const stream = importFileStream(org, fileId);
    const { ok } = await store.append({ stream, expected: known.revision, events: events.map((event) => ({ ...event, meta })) });
    const zipped = command.format === 'zip';
    if (ok) return { fileId, status: events[0]!.type === 'FileImported' ? 'imported' : 'rejected', zipped };
  }
};
