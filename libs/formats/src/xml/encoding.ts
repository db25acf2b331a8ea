import { FormatError } from '../intake';
import { type BomMatch, type Encoding, bomOf } from '../text/decoder';

/** Bytes that are looked at to find the encoding: an XML declaration is far shorter. */
export const SNIFF_BYTES = 256;

/**
 * Names of encodings in XML declarations. ISO-8859-1 is read as windows-1252, as browsers do: the codes 80–9F are control
 * characters in the one and the euro sign and quotation marks in the other, and writers confuse the two.
 */
const NAMES: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'windows-1252',
  'iso8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  'iso-8859-15': 'iso-8859-15',
};

const DECLARED = /^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/**
 * The encoding of an XML document from its first bytes: byte order mark, else UTF-16 by its pattern, else the
 * declaration, else UTF-8 (XML 1.0, appendix F).
 * @throws FormatError `XML_ENCODING` when the declared encoding is not supported or contradicts the bytes.
 */
export const encodingOf = (start: Uint8Array): BomMatch => {
  const bom = bomOf(start);
  if (bom !== undefined) return bom;
  if (start[0] === 0x3c && start[1] === 0) return { encoding: 'utf-16le', length: 0 };
  if (start[0] === 0 && start[1] === 0x3c) return { encoding: 'utf-16be', length: 0 };
  const name = DECLARED.exec(Buffer.from(start).toString('latin1'))?.[1];
  if (name === undefined) return { encoding: 'utf-8', length: 0 };
  const encoding = NAMES[name.toLowerCase()];
  if (encoding === undefined)
    throw new FormatError('XML_ENCODING', `The encoding ${name.slice(0, 40)} is not supported, or not what the bytes are`, 1);
  return { encoding, length: 0 };
};
