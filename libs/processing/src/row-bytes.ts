/** A value of a column; what is larger than a safe integer comes as text. */
export type CopyValue = string | number | boolean | null | undefined;

const SPECIAL = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A search for single characters runs through long texts ten times as fast as an expression. */
const isSpecial = (text: string): boolean =>
  text.length < 64 ? SPECIAL.test(text) : text.includes('\\') || text.includes('\n') || text.includes('\t') || text.includes('\r');

const encode = (value: CopyValue): string => {
  if (value === null || value === undefined) return '\\N';
  if (typeof value !== 'string') return String(value);
  return isSpecial(value) ? value.replace(/[\\\n\r\t]/g, (c) => ESCAPES[c]!) : value;
};

const rowText = (row: readonly CopyValue[]): string => {
  let text = encode(row[0]);
  for (let i = 1; i < row.length; i++) text += `\t${encode(row[i])}`;
  return `${text}\n`;
};

const BLOCK_BYTES = 256 * 1024;
/** Bytes of UTF-8 that one character of a string takes at the most. */
const MOST_BYTES = 3;
/** From so many characters on it pays to count bytes before a block is made. */
const LONG = 8 * 1024;

/**
 * Rows in PostgreSQL's COPY text format, as bytes outside the heap. A batch of many thousand rows is written down row by row as
 * it is made: kept as values until the end, it would be copied again and again by the garbage collector.
 */
export class RowBytes {
  private readonly full: Buffer[] = [];
  private block: Buffer | undefined;
  private used = 0;
  count = 0;

  add(row: readonly CopyValue[]): void {
    const text = rowText(row);
    const block = this.room(text.length > LONG ? Buffer.byteLength(text) : text.length * MOST_BYTES);
    this.used += block.write(text, this.used, 'utf8');
    this.count++;
  }

  /** All rows in order; a piece ends with a row. */
  pieces(): Buffer[] {
    return this.block && this.used > 0 ? [...this.full, this.block.subarray(0, this.used)] : this.full;
  }

  private room(bytes: number): Buffer {
    if (this.block && this.used + bytes <= this.block.length) return this.block;
    if (this.block && this.used > 0) this.full.push(this.block.subarray(0, this.used));
    this.used = 0;
    return (this.block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes)));
  }
}

/** The same rows as bytes. */
export const rowBytes = (rows: Iterable<readonly CopyValue[]>): RowBytes => {
  const bytes = new RowBytes();
  for (const row of rows) bytes.add(row);
  return bytes;
};
