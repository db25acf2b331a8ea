import { crc32, deflateRawSync } from 'node:zlib';

/** Limits that the intake of such files knows: entries and unpacked bytes of one archive. */
export const MAX_ENTRIES = 1_000;
export const MAX_UNPACKED = 100 * 1024 * 1024;

const DEFLATE = { level: 1, memLevel: 4 } as const;
/** A receipt has some 2 KB: setting up a full window costs more than packing it. */
const DEFLATE_SMALL = { ...DEFLATE, windowBits: 12, chunkSize: 2_048 } as const;
const SMALL = 8_192;
/** 1980-01-01 00:00, the oldest date a zip can hold: archives must not depend on when they are made. */
const DOS_DATE = 0x21;

/** A ZIP archive in memory, entry by entry (deflate, no zip64: the limits above stay far below). */
export class ZipWriter {
  private readonly parts: Buffer[] = [];
  private readonly directory: Buffer[] = [];
  private offset = 0;
  private unpackedBytes = 0;

  get entries(): number {
    return this.directory.length;
  }

  /** No room for another file of this size. */
  isFull(bytes = 0): boolean {
    return this.entries >= MAX_ENTRIES || (this.entries > 0 && this.unpackedBytes + bytes > MAX_UNPACKED);
  }

  add(name: string, content: Buffer): void {
    const data = deflateRawSync(content, content.length < SMALL ? DEFLATE_SMALL : DEFLATE);
    const fileName = Buffer.from(name, 'latin1');
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    this.describe(local, 4, content, data, fileName);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    this.describe(central, 6, content, data, fileName);
    central.writeUInt32LE(this.offset, 42);
    this.parts.push(local, fileName, data);
    this.directory.push(Buffer.concat([central, fileName]));
    this.offset += local.length + fileName.length + data.length;
    this.unpackedBytes += content.length;
  }

  finish(): Buffer {
    const directory = Buffer.concat(this.directory);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(this.entries, 8);
    end.writeUInt16LE(this.entries, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(this.offset, 16);
    return Buffer.concat([...this.parts, directory, end]);
  }

  /** The fields that the local and the central header share, from `version needed` on. */
  private describe(header: Buffer, at: number, content: Buffer, data: Buffer, fileName: Buffer): void {
    header.writeUInt16LE(20, at);
    header.writeUInt16LE(8, at + 4);
    header.writeUInt16LE(DOS_DATE, at + 8);
    header.writeUInt32LE(crc32(content), at + 10);
    header.writeUInt32LE(data.length, at + 14);
    header.writeUInt32LE(content.length, at + 18);
    header.writeUInt16LE(fileName.length, at + 22);
  }
}
