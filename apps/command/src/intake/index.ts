import type { FileCounts } from '@quadra/domain';
import type { EventStore } from '@quadra/event-store';
import type { OrgId } from '@quadra/kernel';
import type { Keyring } from '@quadra/platform/keyring';
import type { Pool } from 'pg';
import type { Acceptance, IncomingFile } from './accept';
import { Acceptor } from './accept';
import { BlobStore } from './blob-store';
import { FileTable } from './file-table';
import type { Log } from './importer';
import type { ImportParts } from './import-files';
import { Importer } from './importer';
import { ReaderPool } from './reader-pool';
import { rejectsCsv } from './rejects';
import type { VoidAcceptance, VoidRefusal } from './void';
import { Voider } from './void';
import type { OpenVoid } from './void-table';
import { VoidTable } from './void-table';

export { migrateIntake } from './migrate';
export { FileEmpty, FileTooLarge } from './errors';
export { BlobStore } from './blob-store';
export { chunkName } from './blob-source';
export { readPersonal } from './personal-store';
export { personalName } from './piece-packer';
export type { Acceptance, IncomingFile } from './accept';
export type { FileRowStatus } from './file-table';
export type { Log } from './importer';
export type { VoidAcceptance, VoidRefusal } from './void';

const GIB = 1024 ** 3;
const SWEEP_MS = 15 * 60_000;

export interface IntakeOptions {
  readonly pool: Pool;
  /** The same database: reader threads open connections of their own. */
  readonly databaseUrl: string;
  readonly store: EventStore;
  readonly keyring: Keyring;
  readonly log?: Log;
  /** Organizations whose files are imported at the same time, 2 by default. */
  readonly parallel?: number;
  /** Longest file, 2 GiB by default. */
  readonly maxBytes?: number;
  /** Memory of one reader thread in MiB, 512 by default. */
  readonly readerMemoryMb?: number;
  /** A reader that says nothing for so long is ended, 120 s by default. */
  readonly readerSilenceMs?: number;
  /** The compiled reader thread, where it is not beside this module. */
  readonly workerPath?: string;
}

export interface ImportProgress {
  readonly org: OrgId;
  readonly fileId: string;
  readonly name: string;
  /** Records so far. */
  readonly counts: FileCounts;
}

export interface Intake {
  /** Longest file that is taken in, in bytes. */
  readonly maxBytes: number;
  /** @throws FileEmpty (400), FileTooLarge (413), or what the content throws: then nothing was accepted. */
  accept(org: OrgId, file: IncomingFile): Promise<Acceptance>;
  /**
   * Takes a file back: from this answer on it is durable that nothing of the file will stand, and the importer works it off
   * in its place among the files of the organization.
   */
  void(wanted: OpenVoid): Promise<VoidAcceptance | VoidRefusal>;
  /** Begins to import what was accepted, also what an earlier process left. The tables must exist (`migrateIntake`). */
  start(): Promise<void>;
  /** Stops importing; what is under way begins anew at the next start. */
  stop(): Promise<void>;
  /** Resolves when every accepted file has come to its end, and every void. */
  idle(): Promise<void>;
  /** Whether every file accepted, and every void asked for, up to a position of the organization has come to its end. */
  isSettled(org: string, position: bigint): Promise<boolean>;
  /** Pieces of CSV; undefined when the organization has no such file. */
  rejectsCsv(org: OrgId, fileId: string): Promise<AsyncIterable<string> | undefined>;
  /** The file as it came; undefined when the organization has no such file. */
  original(org: OrgId, fileId: string): Promise<{ name: string; bytes: number; stream: AsyncIterable<Uint8Array> } | undefined>;
  /** @returns what ends the subscription. */
  onProgress(listener: (progress: ImportProgress) => void): () => void;
}

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const readersOf = ({ databaseUrl, keyring, readerMemoryMb, readerSilenceMs, workerPath }: IntakeOptions): ReaderPool =>
  new ReaderPool({
    data: { databaseUrl, keyring: keyring.material },
    ...(readerMemoryMb !== undefined && { memoryMb: readerMemoryMb }),
    ...(readerSilenceMs !== undefined && { silenceMs: readerSilenceMs }),
    ...(workerPath !== undefined && { workerPath }),
  });

/** The intake of files: takes them in durably, reads them in threads, and records what they say. */
export const createIntake = (options: IntakeOptions): Intake => {
  const { pool, store, keyring, databaseUrl, log = SILENT, parallel = 2, maxBytes = 2 * GIB } = options;
  const listeners = new Set<(progress: ImportProgress) => void>();
  const blobs = new BlobStore(pool, keyring);
  const files = new FileTable(pool);
  const voids = new VoidTable(pool);
  const voider = new Voider(store, files, voids);
  const acceptor = new Acceptor(store, blobs, files, maxBytes);
  const readers = readersOf(options);
  const onPiece: ImportParts['onPiece'] = ({ org, fileId, name }, run) => {
    for (const listener of listeners) listener({ org, fileId, name, counts: run.progress() });
  };
  const importer = new Importer({ pool, store, files, voids, readers, onPiece }, databaseUrl, parallel, log);
  const sweep = (): void => {
    blobs.sweep().catch((e: Error) => log.warn({ error: e.message }, 'Abandoned uploads could not be swept'));
  };
  let sweeper: NodeJS.Timeout | undefined;

  return {
    maxBytes,
    async accept(org, file) {
      const acceptance = await acceptor.accept(org, file);
      importer.wake();
      return acceptance;
    },
    async void(wanted) {
      const outcome = await voider.request(wanted);
      importer.wake();
      return outcome;
    },
    async start() {
      await acceptor.settleAll();
      await voider.settleAll();
      sweep();
      sweeper = setInterval(sweep, SWEEP_MS).unref();
      importer.start();
    },
    async stop() {
      clearInterval(sweeper);
      await importer.stop();
      await readers.close();
    },
    idle: () => importer.idle(),
    isSettled: (org, position) => files.isSettled(org, position),
    async rejectsCsv(org, fileId) {
      const file = await files.find(org, fileId);
      return file && rejectsCsv(pool, org, fileId, file.zipped);
    },
    async original(org, fileId) {
      const file = await files.find(org, fileId);
      if (!file) return undefined;
      const source = await blobs.source(file.sha256, file.name);
      return { name: file.name, bytes: source.size, stream: source.open() };
    },
    onProgress(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
