import { FormatError, type Source } from '../intake';
import { decoderFor } from '../text/decoder';
import { csvEncoding } from './encoding';
import { type CsvRow, CsvScanner } from './scanner';

/** Bytes that are decoded and scanned in one go. */
const STEP_BYTES = 256 * 1024;

/** The columns that a reader wants, by canonical name; several spellings may name one column. */
export interface Layout<C extends string> {
  /** Canonical name to the spellings in use; they compare without case, blanks and signs, so `cod_iuv` is `codIuv`. */
  readonly columns: Readonly<Record<C, readonly string[]>>;
  readonly required: readonly C[];
}

export type Row<C extends string> = Readonly<{ line: number; get: (column: C) => string | undefined }>;

export type TableRow<C extends string> =
  | ({ readonly kind: 'row' } & Row<C>)
  | { readonly kind: 'blank'; readonly line: number }
  | { readonly kind: 'broken'; readonly line: number; readonly code: string; readonly message: string };

/** How the names of columns compare. */
export const columnKey = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

class Table<C extends string> {
  rows: TableRow<C>[] = [];
  readonly scanner = new CsvScanner((row) => (this.slotOf === undefined ? this.header(row) : this.row(row)));
  private slotOf: Readonly<Partial<Record<C, number>>> | undefined;
  private columns = 0;

  constructor(private readonly layout: Layout<C>) {}

  get hasHeader(): boolean {
    return this.slotOf !== undefined;
  }

  /** @throws FormatError `CSV_HEADER` naming the columns that are missing or stand twice */
  private header(row: CsvRow): void {
    const names = row.values.map(columnKey);
    const slots = new Map<number, number>();
    const slotOf: Partial<Record<C, number>> = {};
    for (const [column, spellings] of Object.entries(this.layout.columns) as [C, readonly string[]][]) {
      const keys = spellings.map(columnKey);
      const at = names.flatMap((name, i) => (keys.includes(name) ? [i] : []));
      if (at.length > 1) throw new FormatError('CSV_HEADER', `The column ${column} stands twice`, row.line);
      if (at.length === 0) continue;
      slotOf[column] = slots.size;
      slots.set(at[0]!, slots.size);
    }
    const missing = this.layout.required.filter((column) => slotOf[column] === undefined);
    if (missing.length > 0) throw new FormatError('CSV_HEADER', `Columns are missing: ${missing.join(', ')}`, row.line);
    this.columns = row.columns;
    this.slotOf = slotOf;
    this.scanner.select(slots, row.columns);
  }

  private row(row: CsvRow): void {
    const { line, values } = row;
    if (values.every((value) => value.trim() === '')) this.rows.push({ kind: 'blank', line });
    else if (row.broken) this.rows.push({ kind: 'broken', line, code: 'CSV_QUOTE', message: 'A closing quote is followed by text' });
    else if (row.columns !== this.columns)
      this.rows.push({
        kind: 'broken',
        line,
        code: 'CSV_COLUMNS',
        message: `The row has ${row.columns} columns and the header ${this.columns}`,
      });
    else {
      const slotOf = this.slotOf!;
      this.rows.push({ kind: 'row', line, get: (column) => values[slotOf[column] ?? -1] });
    }
  }
}

/**
 * The rows of a CSV below its header, in groups as they are read.
 * @throws FormatError `CSV_HEADER`, `CSV_QUOTE_OPEN`, `CSV_ROW_TOO_LONG`, `ENCODING`
 */
export async function* tableRows<C extends string>(source: Source, layout: Layout<C>): AsyncGenerator<TableRow<C>[]> {
  const table = new Table(layout);
  const { encoding, length } = await csvEncoding(source);
  const decoder = decoderFor(encoding);
  let skip = length;
  for await (const bytes of source.open()) {
    const from = Math.min(skip, bytes.length);
    skip -= from;
    for (let at = from; at < bytes.length; at += STEP_BYTES) {
      table.scanner.write(decoder.decode(bytes.subarray(at, at + STEP_BYTES)));
      if (table.rows.length === 0) continue;
      yield table.rows;
      table.rows = [];
    }
  }
  table.scanner.write(decoder.end());
  table.scanner.end();
  if (!table.hasHeader) throw new FormatError('CSV_HEADER', 'The file has no header', 1);
  if (table.rows.length > 0) yield table.rows;
}

/** The columns of a header line, for telling formats apart. */
export const headerKeys = (text: string): ReadonlySet<string> => {
  let keys: ReadonlySet<string> = new Set();
  const scanner = new CsvScanner((row) => {
    if (keys.size === 0) keys = new Set(row.values.map(columnKey));
  });
  scanner.write(text);
  return keys;
};
