import { Readable } from 'node:stream';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { FormatError, type Source } from '../intake';
import type { ZipFileEntry } from './directory';

/** Entries up to this size are inflated in one go: a stream costs more than they do. */
const SMALL_BYTES = 4 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;
/** What zlib takes as the smallest buffer. */
const MIN_CHUNK_BYTES = 64;
const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;

const broken = (entry: ZipFileEntry, what: string): FormatError =>
  new FormatError('ZIP_BROKEN', `The entry ${JSON.stringify(entry.name.slice(0, 80))} ${what}`);

/** Where the packed bytes of an entry begin. */
const dataStart = async (zip: Source, entry: ZipFileEntry): Promise<number> => {
  const header = Buffer.from(await zip.readAt(entry.headerAt, LOCAL_HEADER_BYTES));
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE)
    throw broken(entry, 'does not begin where the directory says');
  const start = entry.headerAt + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + entry.storedBytes > zip.size) throw broken(entry, 'ends after the zip');
  return start;
};

const packed = async function* (zip: Source, entry: ZipFileEntry, start: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < entry.storedBytes; at += PIECE_BYTES)
    yield await zip.readAt(start + at, Math.min(PIECE_BYTES, entry.storedBytes - at));
};

const inflateError = (entry: ZipFileEntry, error: unknown): unknown => {
  const code = (error as { code?: string }).code ?? '';
  if (code === 'ERR_BUFFER_TOO_LARGE') return broken(entry, 'is larger than the directory says');
  return code.startsWith('Z_') ? broken(entry, 'cannot be unpacked') : error;
};

const small = async (zip: Source, entry: ZipFileEntry, start: number): Promise<Uint8Array> => {
  const bytes = await zip.readAt(start, entry.storedBytes);
  if (!entry.deflated) return bytes;
  try {
    // One byte more than the directory says: zlib then knows in its first buffer, made to measure, that there is nothing left.
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, entry.bytes), chunkSize: Math.max(MIN_CHUNK_BYTES, entry.bytes + 1) });
  } catch (error) {
    throw inflateError(entry, error);
  }
};

const streamed = async function* (zip: Source, entry: ZipFileEntry, start: number): AsyncGenerator<Uint8Array> {
  const input = Readable.from(packed(zip, entry, start), { objectMode: false });
  const inflate = createInflateRaw({ chunkSize: PIECE_BYTES });
  input.on('error', (error) => inflate.destroy(error));
  try {
    for await (const piece of input.pipe(inflate)) yield piece as Uint8Array;
  } catch (error) {
    throw inflateError(entry, error);
  } finally {
    input.destroy();
    inflate.destroy();
  }
};

/** Passes pieces on while they keep to the size and, at the end, the checksum that the directory states. */
const checked = async function* (
  entry: ZipFileEntry,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let sum = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > entry.bytes) throw broken(entry, 'is larger than the directory says');
    sum = crc32(piece, sum);
    yield piece;
  }
  if (bytes !== entry.bytes) throw broken(entry, 'is smaller than the directory says');
  if (sum !== entry.crc32) throw broken(entry, 'does not match its checksum');
};

const open = async function* (zip: Source, entry: ZipFileEntry): AsyncGenerator<Uint8Array> {
  const start = await dataStart(zip, entry);
  if (entry.storedBytes <= SMALL_BYTES && entry.bytes <= SMALL_BYTES) yield* checked(entry, [await small(zip, entry, start)]);
  else yield* checked(entry, entry.deflated ? streamed(zip, entry, start) : packed(zip, entry, start));
};

/** Bytes from the middle of packed data have to be inflated from the beginning. */
const readAt = async (zip: Source, entry: ZipFileEntry, offset: number, length: number): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let at = 0;
  for await (const piece of open(zip, entry)) {
    const from = Math.max(0, offset - at);
    if (from < piece.length) parts.push(piece.subarray(from, offset + length - at));
    at += piece.length;
    if (at >= offset + length) break;
  }
  return Buffer.concat(parts);
};

/**
 * An entry of a zip as a source. Reading it throws FormatError `ZIP_BROKEN` when the bytes are not what the directory
 * says: a lying size is stopped when it is passed, so no more is ever unpacked than the directory was allowed to declare.
 */
export const entrySource = (zip: Source, entry: ZipFileEntry): Source => ({
  name: entry.name,
  size: entry.bytes,
  open: () => open(zip, entry),
  readAt: (offset, length) => readAt(zip, entry, offset, length),
});
