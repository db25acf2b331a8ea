import type { FileFormat } from '@quadra/domain';
import { columnKey, headerKeys } from '../csv';
import { FormatError, type Source } from '../intake';
import { NOTICE_LAYOUT } from '../notification-csv';
import { RECEIPT_LAYOUT } from '../receipt-csv';
import { RECEIPT_ROOTS } from '../receipt-xml';
import { FLOW_ROOTS } from '../settlement-flow-xml';
import { headOf } from '../source';
import { bomOf, decoderFor } from '../text/decoder';
import { rootOf } from './root';

/** Enough for a header of 76 columns, or for a SOAP envelope with its namespaces. */
const HEAD_BYTES = 64 * 1024;

/** `flusso_giornale_di_cassa` of every OPI version. */
const OPI_ROOTS = ['flusso_giornale_di_cassa'] as const;

const ROOTS: ReadonlyMap<string, FileFormat> = new Map([
  ...RECEIPT_ROOTS.map((root) => [root, 'receipt-xml'] as const),
  ...FLOW_ROOTS.map((root) => [root, 'settlement-flow-xml'] as const),
  ...OPI_ROOTS.map((root) => [root, 'treasury-opi'] as const),
]);

const unknown = (why: string): FormatError => new FormatError('UNKNOWN_FORMAT', `The content is of no known format: ${why}`);

const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));

/** A `<` as the first character, after a byte order mark and blanks; zero bytes are the other half of UTF-16. */
const isXml = (head: Uint8Array): boolean => {
  for (const byte of head.subarray(bomOf(head)?.length ?? 0)) {
    if (byte === 0x3c) return true;
    if (byte !== 0 && byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  return false;
};

/** A plain document that begins with a known root, as nearly all do: whether the rest is well-formed is for its reader to say. */
const PLAIN_ROOT = /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml [^<>]*\?>\s*)?<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_]\w*)[\s>]/;

const xmlFormat = (head: Uint8Array): FileFormat => {
  const plain = PLAIN_ROOT.exec(Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 512)).toString('latin1'));
  const format = plain && ROOTS.get(plain[1]!);
  if (format) return format;
  const root = rootOf(head, [...ROOTS.keys()]);
  if ('known' in root) return ROOTS.get(root.known)!;
  throw unknown(root.unknown === '' ? 'XML without an element' : `the XML element ${root.unknown.slice(0, 60)}`);
};

/** Good enough to recognize names of columns, which are ASCII in every encoding but UTF-16. */
const plainText = (head: Uint8Array): string => {
  const bom = bomOf(head);
  const rest = Buffer.from(head).subarray(bom?.length ?? 0);
  return bom === undefined || bom.encoding === 'utf-8' ? rest.toString('latin1') : decoderFor(bom.encoding).decode(rest);
};

const csvFormat = (head: Uint8Array): FileFormat => {
  const keys = headerKeys(firstLine(plainText(head)));
  for (const [format, layout] of [
    ['receipt-csv', RECEIPT_LAYOUT],
    ['notification-csv', NOTICE_LAYOUT],
  ] as const) {
    const wanted: readonly string[] = layout.required;
    const columns: Readonly<Record<string, readonly string[]>> = layout.columns;
    if (wanted.every((column) => columns[column]!.some((spelling) => keys.has(columnKey(spelling))))) return format;
  }
  throw unknown('neither XML, zip, nor a CSV with the columns of receipts or payment notifications');
};

const firstLine = (text: string): string => `${/^[^\n]*/.exec(text)![0]}\n`;

/**
 * The format of a document, from its content and never from its name.
 * @throws FormatError `UNKNOWN_FORMAT`, or what is wrong with the XML before its root (`XML_DOCTYPE`, …)
 */
export const detectFormat = async (source: Source): Promise<FileFormat> => {
  const head = await headOf(source, HEAD_BYTES);
  if (head.length === 0) throw unknown('the file is empty');
  if (isZip(head)) return 'zip';
  if (isXml(head)) return xmlFormat(head);
  return csvFormat(head);
};
