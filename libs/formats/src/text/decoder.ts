import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { FormatError } from '../intake';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | 'iso-8859-15';

/** Turns pieces of bytes into text, whatever character a piece ends in. */
export interface TextDecoderStream {
  /** @throws FormatError `ENCODING` when bytes are not valid in the encoding. */
  decode(bytes: Uint8Array): string;
  /** @throws FormatError `ENCODING` when the input ended inside a character. */
  end(): string;
}

const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const ISO_8859_15: Readonly<Record<string, string>> = { '¤': '€', '¦': 'Š', '¨': 'š', '´': 'Ž', '¸': 'ž', '¼': 'Œ', '½': 'œ', '¾': 'Ÿ' };

const invalid = (encoding: string): FormatError => new FormatError('ENCODING', `The bytes are not valid ${encoding}`);

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes at the end that begin a UTF-8 character and do not finish it: 0 to 3. */
const openTail = (bytes: Uint8Array): number => {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
};

/** UTF-8, checked. Runs of ASCII become one-byte strings, which scan about twice as fast. */
class Utf8 implements TextDecoderStream {
  private tail: Uint8Array = new Uint8Array(0);

  decode(bytes: Uint8Array): string {
    const whole = this.tail.length === 0 ? asBuffer(bytes) : Buffer.concat([this.tail, bytes]);
    const keep = openTail(whole);
    const part = whole.subarray(0, whole.length - keep);
    this.tail = Uint8Array.from(whole.subarray(whole.length - keep));
    if (isAscii(part)) return part.toString('latin1');
    if (!isUtf8(part)) throw invalid('UTF-8');
    return part.toString('utf8');
  }

  end(): string {
    if (this.tail.length > 0) throw invalid('UTF-8');
    return '';
  }
}

class SingleByte implements TextDecoderStream {
  constructor(
    private readonly special: RegExp,
    private readonly replace: (char: string) => string,
  ) {}

  decode(bytes: Uint8Array): string {
    const text = asBuffer(bytes).toString('latin1');
    return this.special.test(text) ? text.replace(new RegExp(this.special, 'g'), this.replace) : text;
  }

  end(): string {
    return '';
  }
}

class Utf16 implements TextDecoderStream {
  private readonly inner: TextDecoder;

  constructor(private readonly encoding: 'utf-16le' | 'utf-16be') {
    this.inner = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  }

  decode(bytes: Uint8Array): string {
    return this.run(() => this.inner.decode(bytes, { stream: true }));
  }

  end(): string {
    return this.run(() => this.inner.decode());
  }

  private run(step: () => string): string {
    try {
      return step();
    } catch {
      throw invalid(this.encoding.toUpperCase());
    }
  }
}

const windows1252 = (char: string): string => {
  const mapped = WINDOWS_1252[char.charCodeAt(0) - 0x80]!;
  if (mapped === char) throw invalid('windows-1252'); // 81, 8D, 8F, 90, 9D stand for nothing
  return mapped;
};

export const decoderFor = (encoding: Encoding): TextDecoderStream => {
  switch (encoding) {
    case 'utf-8':
      return new Utf8();
    case 'windows-1252':
      return new SingleByte(/[\u0080-\u009f]/, windows1252);
    case 'iso-8859-15':
      return new SingleByte(/[¤¦¨´¸¼½¾]/, (char) => ISO_8859_15[char] ?? char);
    default:
      return new Utf16(encoding);
  }
};

export interface BomMatch {
  readonly encoding: Encoding;
  readonly length: number;
}

/** The byte order mark that the bytes begin with, if any. */
export const bomOf = (bytes: Uint8Array): BomMatch | undefined => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return undefined;
};
