import type { Source } from './intake';

const PIECE_BYTES = 64 * 1024;

/** A source over bytes that are in memory: small files, API records, tests. */
export const memorySource = (name: string, bytes: Uint8Array, pieceBytes = PIECE_BYTES): Source => ({
  name,
  size: bytes.length,
  async *open() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  },
  readAt: async (offset, length) => bytes.subarray(offset, offset + length),
});

/** The first bytes of a source, fewer when it is shorter. */
export const headOf = async (source: Source, length: number): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let have = 0;
  for await (const piece of source.open()) {
    pieces.push(piece);
    have += piece.length;
    if (have >= length) break;
  }
  return (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)).subarray(0, length);
};

/** The same bytes, held in memory when they are few: a source that is costly to open is then opened once. */
export const heldWhenSmall = async (source: Source, maxBytes = 4 * 1024 * 1024): Promise<Source> =>
  source.size > maxBytes ? source : memorySource(source.name, await headOf(source, maxBytes));

const WINDOW_BYTES = 512 * 1024;

/** The same bytes with a window of them in memory: neighbouring small reads, as a zip of many entries makes them, cost one. */
export const windowed = (source: Source): Source => {
  let window: Uint8Array = new Uint8Array(0);
  let windowAt = 0;
  return {
    name: source.name,
    size: source.size,
    open: () => source.open(),
    readAt: async (offset, length) => {
      if (length > WINDOW_BYTES) return source.readAt(offset, length);
      if (offset < windowAt || offset + length > windowAt + window.length) {
        window = await source.readAt(offset, Math.min(WINDOW_BYTES, Math.max(length, source.size - offset)));
        windowAt = offset;
      }
      return window.subarray(offset - windowAt, offset - windowAt + length);
    },
  };
};
