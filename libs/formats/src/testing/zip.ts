import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipPart {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly store?: boolean;
  /** Lies and oddities of the directory. */
  readonly flags?: number;
  readonly method?: number;
  readonly declaredBytes?: number;
  readonly declaredCrc?: number;
  /** Point to the data of the part before instead of carrying own data. */
  readonly overlap?: boolean;
}

/** Writes a zip by hand, so that specs can make it lie. */
export const makeZip = (parts: readonly ZipPart[], comment = ''): Buffer => {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  let before = 0;
  for (const part of parts) {
    const content = Buffer.from(part.content as Uint8Array);
    const packed = part.store ? content : deflateRawSync(content);
    const name = Buffer.from(part.name, 'utf8');
    const fixed = Buffer.alloc(26);
    fixed.writeUInt16LE(20, 0);
    fixed.writeUInt16LE(0x800 | (part.flags ?? 0), 2);
    fixed.writeUInt16LE(part.method ?? (part.store ? 0 : 8), 4);
    fixed.writeUInt32LE(part.declaredCrc ?? crc32(content), 10);
    fixed.writeUInt32LE(packed.length, 14);
    fixed.writeUInt32LE(part.declaredBytes ?? content.length, 18);
    fixed.writeUInt16LE(name.length, 22);
    const headerAt = part.overlap ? before : at;
    if (!part.overlap) {
      bodies.push(Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), fixed, name, packed]));
      before = at;
      at += 30 + name.length + packed.length;
    }
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(headerAt, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), fixed, tail, name]));
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(parts.length & 0xffff, 8);
  end.writeUInt16LE(parts.length & 0xffff, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...bodies, central, end, Buffer.from(comment, 'latin1')]);
};
