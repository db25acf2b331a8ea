import type { FileFormat, FileImported, ImportFileEvent } from '@quadra/domain';
import { decideImportFile, importFileStream } from '@quadra/domain';
import type { EventStore } from '@quadra/event-store';
import { categoryOf } from '@quadra/kernel';
import { foldLife, lifeOf } from './accept';
import { FileImport } from './apply/file-import';
import { FileVoid } from './apply/file-void';
import { StreamFilter } from './apply/streams';
import { ReaderCrashed } from './errors';
import type { FileRow } from './file-table';
import type { ImportParts } from './import-files';
import { taskOf } from './import-files';
import { keepPersonal } from './personal-store';
import type { FilePiece } from './protocol';
import type { OpenVoid, VoidTable } from './void-table';

export interface VoidParts extends ImportParts {
  readonly voids: VoidTable;
}

/** More streams than this are not kept in memory: then other files are decided anew whole, which costs more and gives the same. */
const MAX_TOUCHED = 500_000;

/**
 * Works a void off, from its beginning to its end: reads the file again, takes back what stands by it alone, and reads the
 * other files again that may say the same, so that it stands by them. Run again after a crash it does what is left.
 */
export const workOffVoid = async (parts: VoidParts, wanted: OpenVoid, signal: AbortSignal): Promise<void> => {
  const { org, fileId } = wanted;
  const file = await parts.files.find(org, fileId);
  const events = await parts.store.read(importFileStream(org, fileId));
  const life = foldLife(events);
  if (file && life.status === 'voided' && !life.settled) {
    const taking = new FileVoid(parts.store, wanted);
    const rejected = events.some((event) => event.type === 'FileRejected');
    for await (const piece of piecesOf(parts, file, signal, rejected)) await taking.apply(piece);
    const readAgain = await readOthersAgain(parts, file, wanted, taking.touched, signal);
    await complete(parts.store, wanted, { facts: taking.facts, readAgain });
  }
  await parts.voids.done(org, fileId);
};

/** The pieces of a stored file. `mayEndEarly`: it was rejected, perhaps because it ends its reader; then so far and no further. */
async function* piecesOf(parts: ImportParts, file: FileRow, signal: AbortSignal, mayEndEarly = false): AsyncGenerator<FilePiece> {
  const items = parts.readers.read([taskOf(file)], signal);
  try {
    for await (const item of items) if (item.type === 'piece') yield item;
  } catch (e) {
    if (!(e instanceof ReaderCrashed && mayEndEarly)) throw e;
  }
}

const FORMATS: Readonly<Record<string, readonly FileFormat[]>> = {
  payment: ['receipt-xml', 'receipt-csv', 'notification-csv'],
  settlementFlow: ['settlement-flow-xml'],
  credit: ['treasury-opi'],
  journal: ['treasury-opi'],
};

/**
 * May a file have said something that another one had said before? Then records of it were unchanged or in conflict. Rows of a
 * journal are no news to a credit although they are news to their journal, so journals are always read; so are empty flows.
 */
const mayRepeat = ({ format, counts, entries }: FileImported['data'], formats: ReadonlySet<string>): boolean =>
  (entries ?? [{ format, counts }]).some(
    (part) =>
      (formats.has(part.format) || part.format === 'unknown' || part.format === 'zip') &&
      (part.format === 'treasury-opi' || part.counts.read === 0 || part.counts.unchanged + part.counts.conflicting > 0),
  );

const readOthersAgain = async (
  parts: VoidParts,
  file: FileRow,
  { correlationId }: OpenVoid,
  touched: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<number> => {
  const formats = new Set([...new Set([...touched].map(categoryOf))].flatMap((category) => FORMATS[category] ?? []));
  const wanted = (stream: string) => touched.size > MAX_TOUCHED || touched.has(stream);
  let count = 0;
  if (touched.size === 0) return count;
  for await (const other of parts.files.imported(file.org)) {
    const events = (await parts.store.read(importFileStream(other.org, other.fileId))) as unknown as ImportFileEvent[];
    const imported = events.find((event) => event.type === 'FileImported');
    if (!imported || events.some((event) => event.type === 'FileVoided') || !mayRepeat(imported.data, formats)) continue;
    await readAgain(parts, { ...other, correlationId }, file.fileId, wanted, signal);
    count++;
  }
  return count;
};

/** Decides on the records of an imported file anew: what stands is silence, what no longer stands is recorded as its own. */
const readAgain = async (
  parts: ImportParts,
  file: FileRow,
  again: string,
  wanted: (stream: string) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  const tables = {
    keepPersonal: (org: string, personal: NonNullable<FilePiece['personal']>) => keepPersonal(parts.pool, org, personal),
    keepRejects: () => Promise.resolve(),
  };
  const run = new FileImport(parts.store, tables, { ...file, again });
  const filter = new StreamFilter(wanted);
  try {
    for await (const piece of piecesOf(parts, file, signal)) await run.apply({ ...piece, items: filter.only(piece.items) });
  } finally {
    await run.settled();
  }
};

const complete = async (
  store: EventStore,
  { org, fileId, actor, correlationId }: OpenVoid,
  found: { facts: number; readAgain: number },
): Promise<void> => {
  const meta = { commandId: `${fileId}/void-end`, actor, $correlationId: correlationId, schemaVersion: 1, source: { fileId } };
  for (;;) {
    const life = await lifeOf(store, org, fileId);
    const events = decideImportFile({ type: 'CompleteVoid', ...found }, life).map((event) => ({ ...event, meta }));
    if (events.length === 0) return;
    if ((await store.append({ stream: importFileStream(org, fileId), expected: life.revision, events })).ok) return;
  }
};
