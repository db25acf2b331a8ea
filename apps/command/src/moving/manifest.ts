import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import Ajv from 'ajv';
import type { Keyring } from '@quadra/platform/keyring';
import { keyCheckOf } from '../secret';
import { BackupUnusable } from './errors';

export const MANIFEST = 'manifest.json';
export const BACKUP_VERSION = 1;

/** One file of a backup: a piece of the log, or of a table. */
export interface Piece {
  readonly file: string;
  /** Bytes of the file, compressed. */
  readonly bytes: number;
  /** SHA-256 of these bytes, 64 hex digits. */
  readonly sha256: string;
}

export interface LogPiece extends Piece {
  readonly events: number;
  /** The event that ends it. */
  readonly last: { readonly stream: string; readonly revision: number; readonly id: string };
}

export interface TablePart {
  readonly table: string;
  readonly columns: readonly string[];
  readonly pieces: readonly Piece[];
}

/** What a backup holds: written last, so a folder without it is no backup. */
export interface Manifest {
  readonly format: 'quadra-backup';
  readonly version: typeof BACKUP_VERSION;
  /** Version of the program that wrote it. */
  readonly program: string;
  /** An instant. */
  readonly createdAt: string;
  readonly events: number;
  /** Root of the last seal in the log; absent when nothing was sealed. */
  readonly root?: string;
  /** Made with the secret of the instance: tells whether another secret is the same one, and nothing else. */
  readonly keyCheck: string;
  readonly log: readonly LogPiece[];
  readonly tables: readonly TablePart[];
}

const text = { type: 'string', minLength: 1 } as const;
const count = { type: 'integer', minimum: 0 } as const;
const hex = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;
/** Names of files lie in the folder of the backup: whoever wrote the manifest leads nowhere else. */
const piece = { file: { type: 'string', pattern: '^[a-z0-9._-]+$' }, bytes: count, sha256: hex } as const;
const object = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
const list = (items: object) => ({ type: 'array', items });

const SCHEMA = object(
  {
    format: { const: 'quadra-backup' },
    version: { const: BACKUP_VERSION },
    program: text,
    createdAt: text,
    events: count,
    root: hex,
    keyCheck: text,
    log: list(object({ ...piece, events: count, last: object({ stream: text, revision: count, id: text }) })),
    tables: list(object({ table: text, columns: list(text), pieces: list(object(piece)) })),
  },
  ['root'],
);

const isManifest = new Ajv().compile<Manifest>(SCHEMA);

/** Writes the manifest whole or not at all. */
export const writeManifest = async (folder: string, manifest: Manifest): Promise<void> => {
  const draft = join(folder, `${MANIFEST}.part`);
  const file = await open(draft, 'wx');
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, MANIFEST));
};

/** @returns the manifest, and what tells this backup from every other one. @throws BackupUnusable when it is none of ours. */
export const readManifest = async (folder: string): Promise<{ manifest: Manifest; id: string }> => {
  const bytes = await readFile(join(folder, MANIFEST)).catch(() => {
    throw new BackupUnusable(`${folder} is no complete backup: it has no ${MANIFEST}`);
  });
  const manifest = parsed(bytes.toString());
  const version = (manifest as { version?: unknown } | undefined)?.version;
  if (typeof version === 'number' && version > BACKUP_VERSION) {
    throw new BackupUnusable(`The backup in ${folder} has format version ${version}; this program reads up to ${BACKUP_VERSION}`);
  }
  if (!isManifest(manifest)) {
    const wrong = isManifest.errors?.[0];
    throw new BackupUnusable(`${MANIFEST} in ${folder} is not one of a backup: ${wrong?.instancePath || 'it'} ${wrong?.message ?? ''}`);
  }
  return { manifest, id: createHash('sha256').update(bytes).digest('hex') };
};

/** @throws BackupUnusable when the backup was made with another secret. */
export const requireSecretOf = (manifest: Manifest, keyring: Keyring): void => {
  if (manifest.keyCheck === keyCheckOf(keyring)) return;
  throw new BackupUnusable(
    'The secret of this instance is not the one that the backup was made with: without it originals and personal data do not open. ' +
      'Put secret.key of the first instance into the data folder, or its value into QUADRA_SECRET',
  );
};

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
};

/** Every file of the backup against its checksum. @throws BackupUnusable naming the first one that is not as it was written. */
export const checkPieces = async (
  folder: string,
  { log, tables }: Manifest,
  onPiece: (done: number, of: number) => void,
): Promise<void> => {
  const pieces: Piece[] = [...log, ...tables.flatMap((t) => t.pieces)];
  for (const [at, { file, sha256 }] of pieces.entries()) {
    const hash = createHash('sha256');
    try {
      for await (const bytes of createReadStream(join(folder, file))) hash.update(bytes as Buffer);
    } catch (error) {
      throw new BackupUnusable(`${file} of the backup cannot be read: ${(error as Error).message}`);
    }
    if (hash.digest('hex') !== sha256) throw new BackupUnusable(`${file} of the backup is not as it was written: its checksum differs`);
    onPiece(at + 1, pieces.length);
  }
};
