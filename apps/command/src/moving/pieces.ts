import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Piece } from './manifest';

/** Uncompressed bytes of a piece, about: what backup and restore hold in memory. */
export const PIECE_BYTES = 8 * 1024 * 1024;

const compress = promisify(gzip);
const decompress = promisify(gunzip);
/** Encrypted bytes do not shrink below their half in hex, and the log shrinks enough: more effort costs more than it gains. */
const LEVEL = { level: 3 };

/** Writes one file, durably. */
export const writePiece = async (folder: string, file: string, parts: readonly (string | Uint8Array)[]): Promise<Piece> => {
  const bytes = await compress(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))), LEVEL);
  const handle = await open(join(folder, file), 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
};

export const readPiece = async (folder: string, { file }: Piece): Promise<Buffer> => decompress(await readFile(join(folder, file)));

/** `log-00001.ndjson.gz` … */
export const pieceName = (name: string, number: number, kind: 'ndjson' | 'copy'): string =>
  `${name}-${String(number).padStart(5, '0')}.${kind}.gz`;
