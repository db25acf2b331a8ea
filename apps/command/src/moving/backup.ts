import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SEAL_STREAM } from '@quadra/domain';
import type { BlockSealed } from '@quadra/domain';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import { makeFolder } from '@quadra/platform';
import type { Keyring } from '@quadra/platform/keyring';
import { pagesOf } from '../integrity';
import { keyCheckOf } from '../secret';
import { NotEmpty } from './errors';
import type { LogPiece, Manifest } from './manifest';
import { BACKUP_VERSION, writeManifest } from './manifest';
import { PIECE_BYTES, pieceName, writePiece } from './pieces';
import type { Databases } from './tables';
import { MOVED_TABLES, dumpTables } from './tables';

/** A backup or a restore at work, for whoever watches. */
export type MoveProgress = (step: string, done: number) => void;

export interface BackupOptions extends Databases {
  /** May be a reader: nothing is written to it. */
  readonly store: EventStore;
  readonly keyring: Keyring;
  /** A folder that does not exist, or is empty. */
  readonly folder: string;
  /** Version of the program. */
  readonly program: string;
  readonly now: Date;
  /** Uncompressed bytes of one file of the log, about: 8 MiB by default. */
  readonly pieceBytes?: number;
  readonly onProgress?: MoveProgress;
}

/** An event as a line of the log. Another store gives it another position: the old one is there to be translated. */
const lineOf = ({ position, stream, revision, id, type, data, meta }: StoredEvent): string =>
  `${JSON.stringify({ position: String(position), stream, revision, id, type, data, meta })}\n`;

/**
 * Writes what an instance holds as files, while it goes on working: the log up to the position at which the backup began, then what
 * the log speaks of. Originals and personal data are stored before the events that name them, so all of them are in.
 * @throws NotEmpty when the folder holds something; FolderUnusable when it cannot be made.
 */
export const backUp = async (options: BackupOptions): Promise<Manifest> => {
  const { keyring, folder, program, now, onProgress = () => undefined } = options;
  makeFolder(folder, 0o700);
  const [other] = await readdir(folder);
  if (other !== undefined) throw new NotEmpty(`${folder} is not empty (${other}): a backup needs a folder of its own`);
  const dump = (follows: boolean) =>
    dumpTables(
      options,
      MOVED_TABLES.filter((moved) => (moved.follows ?? false) === follows),
      folder,
      (table) => onProgress(table, 0),
    );
  const following = await dump(true);
  const log = await dumpLog(options, onProgress);
  const tables = [...(await dump(false)), ...following];
  const manifest: Manifest = {
    format: 'quadra-backup',
    version: BACKUP_VERSION,
    program,
    createdAt: now.toISOString(),
    events: log.pieces.reduce((sum, piece) => sum + piece.events, 0),
    ...(log.root !== undefined && { root: log.root }),
    keyCheck: keyCheckOf(keyring),
    log: log.pieces,
    tables,
  };
  await writeManifest(folder, manifest);
  return manifest;
};

const dumpLog = async (
  { store, folder, pieceBytes = PIECE_BYTES }: BackupOptions,
  onProgress: MoveProgress,
): Promise<{ pieces: LogPiece[]; root?: string }> => {
  const pieces: LogPiece[] = [];
  let root: string | undefined;
  let lines: string[] = [];
  let size = 0;
  let last: StoredEvent | undefined;
  let done = 0;
  const flush = async (): Promise<void> => {
    if (!last || lines.length === 0) return;
    const piece = await writePiece(folder, pieceName('log', pieces.length + 1, 'ndjson'), lines);
    const { stream, revision, id } = last;
    pieces.push({ ...piece, events: lines.length, last: { stream, revision, id } });
    [lines, size] = [[], 0];
  };
  for await (const page of pagesOf(store, { after: 0n, upTo: await store.head() })) {
    for (const event of page) {
      const line = lineOf(event);
      lines.push(line);
      size += line.length;
      last = event;
      if (event.stream === SEAL_STREAM) root = (event.data as BlockSealed['data']).root;
      if (size >= pieceBytes) await flush();
    }
    onProgress('events', (done += page.length));
  }
  await flush();
  return { pieces, ...(root !== undefined && { root }) };
};

/** Where a key that is asked for is written. */
export const keyFileIn = (folder: string): string => join(folder, 'secret.key');
