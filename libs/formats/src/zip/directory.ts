import { type Entry, RandomAccessReader, fromRandomAccessReaderPromise, getFileNameLowLevel } from 'yauzl';
import { Readable } from 'node:stream';
import { FormatError, type Source } from '../intake';
import type { ZipLimits } from './limits';

const WINDOW_BYTES = 64 * 1024;

/** Gives yauzl the bytes of a source; the directory is read in small steps, so a window of it is kept. */
class SourceReader extends RandomAccessReader {
  /** Why the last reading failed, when it was the source and not the zip. */
  fault: Error | undefined;
  /** Rejects when yauzl throws where nobody could catch it: a directory so broken that its own checks miss it. */
  readonly crashed: Promise<never>;
  private crash: (error: unknown) => void = () => undefined;
  private window: Uint8Array = new Uint8Array(0);
  private windowAt = 0;

  constructor(private readonly source: Source) {
    super();
    this.crashed = new Promise((_, rejected) => (this.crash = rejected));
    this.crashed.catch(() => undefined);
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: ReadCallback): void {
    this.bytes(position, length)
      .then(
        (bytes) => (buffer.set(bytes, offset), callback(null, bytes.length)),
        (error: Error) => ((this.fault = error), callback(error)),
      )
      .catch(this.crash);
  }

  override _readStreamForRange(): Readable {
    return Readable.from([]);
  }

  private async bytes(position: number, length: number): Promise<Uint8Array> {
    const from = position - this.windowAt;
    if (from >= 0 && from + length <= this.window.length) return this.window.subarray(from, from + length);
    const size = Math.min(Math.max(length, WINDOW_BYTES), Math.max(0, this.source.size - position));
    this.window = size === 0 ? new Uint8Array(0) : await this.source.readAt(position, size);
    this.windowAt = position;
    return this.window.subarray(0, length);
  }
}

type ReadCallback = (error: Error | null, bytes?: number) => void;

/** One file of a zip, as the directory describes it; the description may lie. */
export interface ZipFileEntry {
  readonly name: string;
  readonly headerAt: number;
  readonly storedBytes: number;
  readonly bytes: number;
  readonly deflated: boolean;
  readonly crc32: number;
}

const STORED = 0;
const DEFLATED = 8;

const broken = (message: string): FormatError => new FormatError('ZIP_BROKEN', message);

const shown = (name: string): string => JSON.stringify(name.slice(0, 80));

/** Names stay inside the zip: no parent folders, no roots, no drive letters, no backslashes, nothing unprintable. */
const nameOf = (entry: Entry): string => {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  const unsafe = name === '' || /[\\\p{Cc}\p{Cs}]/u.test(name) || /^(?:\/|[A-Za-z]:)/.test(name) || name.split('/').includes('..');
  if (unsafe) throw new FormatError('ZIP_ENTRY_NAME', `The name of an entry is not allowed: ${shown(name)}`);
  return name;
};

const describe = (entry: Entry, limits: ZipLimits): ZipFileEntry => {
  const name = nameOf(entry);
  if (entry.isEncrypted()) throw new FormatError('ZIP_ENCRYPTED', `The entry ${shown(name)} is encrypted`);
  const { compressionMethod: method, compressedSize: storedBytes, uncompressedSize: bytes } = entry;
  if (method !== STORED && method !== DEFLATED) throw broken(`The entry ${shown(name)} is packed by the unknown method ${method}`);
  if (method === STORED && storedBytes !== bytes) throw broken(`The sizes of the entry ${shown(name)} contradict each other`);
  if (bytes > limits.ratioFromBytes && bytes > storedBytes * limits.ratio)
    throw new FormatError('ZIP_BOMB', `The entry ${shown(name)} would grow more than ${limits.ratio} times`);
  return { name, headerAt: entry.relativeOffsetOfLocalHeader, storedBytes, bytes, deflated: method === DEFLATED, crc32: entry.crc32 };
};

/** Folders and what macOS adds of its own are no documents. */
const isDocument = (name: string): boolean =>
  !name.endsWith('/') && !name.split('/').includes('__MACOSX') && !/(?:^|\/)\.DS_Store$/.test(name);

/** Two entries over the same bytes are the mark of a bomb without nesting. */
const LOCAL_HEADER_BYTES = 30;
const assertApart = (entries: readonly ZipFileEntry[], size: number): void => {
  const byPlace = [...entries].sort((a, b) => a.headerAt - b.headerAt);
  byPlace.forEach((entry, i) => {
    const end = entry.headerAt + LOCAL_HEADER_BYTES + entry.storedBytes;
    if (end > (byPlace[i + 1]?.headerAt ?? size))
      throw new FormatError('ZIP_BOMB', `The entry ${shown(entry.name)} overlaps what follows it`);
  });
};

const openDirectory = async (source: Source, reader: SourceReader) => {
  const zip = await fromRandomAccessReaderPromise(reader, source.size, {
    decodeStrings: false,
    autoClose: false,
    validateEntrySizes: false,
  });
  // An error after the iteration has ended has nobody who waits for it.
  zip.on('error', () => undefined);
  return zip;
};

const list = async (source: Source, reader: SourceReader, limits: ZipLimits): Promise<ZipFileEntry[]> => {
  const zip = await openDirectory(source, reader);
  if (zip.entryCount > limits.entries)
    throw new FormatError('ZIP_TOO_MANY_ENTRIES', `The zip has ${zip.entryCount} entries, more than ${limits.entries}`);
  const entries: ZipFileEntry[] = [];
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const described = describe(entry, limits);
    total += described.bytes;
    if (total > limits.totalBytes) throw new FormatError('ZIP_BOMB', `The zip would grow beyond ${limits.totalBytes} bytes`);
    entries.push(described);
  }
  assertApart(entries, source.size);
  return entries;
};

const assertNamesOnce = (entries: readonly ZipFileEntry[]): void => {
  entries.forEach((entry, i) => {
    if (entry.name === entries[i - 1]?.name) throw new FormatError('ZIP_ENTRY_NAME', `Two entries have the name ${shown(entry.name)}`);
  });
};

/**
 * The documents of a zip in the order of their names.
 * @throws FormatError `ZIP_TOO_MANY_ENTRIES`, `ZIP_BOMB`, `ZIP_ENTRY_NAME`, `ZIP_ENCRYPTED`, `ZIP_BROKEN`
 */
export const zipEntries = async (source: Source, limits: ZipLimits): Promise<ZipFileEntry[]> => {
  const reader = new SourceReader(source);
  try {
    const entries = (await Promise.race([list(source, reader, limits), reader.crashed])).filter((entry) => isDocument(entry.name));
    entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    assertNamesOnce(entries);
    return entries;
  } catch (error) {
    if (reader.fault !== undefined) throw reader.fault;
    if (error instanceof FormatError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw /encrypt/i.test(message)
      ? new FormatError('ZIP_ENCRYPTED', 'The zip is encrypted')
      : broken(`The zip cannot be read: ${message.slice(0, 200)}`);
  }
};
