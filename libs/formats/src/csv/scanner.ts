import { FormatError } from '../intake';

/** Characters of one row: receipts carry documents in base64, yet not files of their own. */
export const MAX_ROW_CHARS = 4 * 1024 * 1024;

export interface CsvRow {
  /** Line of the text where the row starts, from 1. */
  line: number;
  /** Fields of the wanted columns by their slot; every field of the first row. */
  values: string[];
  columns: number;
  /** A closing quote was followed by something else than `;` or the end of the row. */
  broken: boolean;
}

const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const LF = 0x0a;
const CR = 0x0d;
const INCOMPLETE = -1;

/**
 * Scans text of `;` separated fields, optionally quoted by `"` (doubled inside), rows ended by LF or CRLF. Only wanted
 * columns are cut out: of the 76 columns of a receipt a third matters.
 */
export class CsvScanner {
  private rest = '';
  private line = 1;
  private slots: Int32Array | undefined;
  private nextLf = -2;

  constructor(private readonly onRow: (row: CsvRow) => void) {}

  /** From the next row on, only these columns (column number to slot) are cut out. */
  select(slots: ReadonlyMap<number, number>, columns: number): void {
    this.slots = new Int32Array(columns).fill(-1);
    for (const [column, slot] of slots) this.slots[column] = slot;
  }

  /** @throws FormatError `CSV_ROW_TOO_LONG` */
  write(text: string): void {
    this.consume(this.rest + text, false);
    if (this.rest.length <= MAX_ROW_CHARS) return;
    throw new FormatError('CSV_ROW_TOO_LONG', `A row is longer than ${MAX_ROW_CHARS} characters: a quote may not be closed`, this.line);
  }

  /** @throws FormatError `CSV_QUOTE_OPEN` */
  end(): void {
    this.consume(this.rest, true);
    if (this.rest !== '') throw new FormatError('CSV_QUOTE_OPEN', 'A quoted field is not closed', this.line);
  }

  private consume(text: string, final: boolean): void {
    let at = 0;
    this.nextLf = -2;
    while (at < text.length) {
      const next = this.row(text, at, final);
      if (next === INCOMPLETE) break;
      at = next;
    }
    this.rest = text.slice(at);
  }

  /** One row from `start`; @returns where the next begins, or `INCOMPLETE` when its end is not there yet. */
  private row(text: string, start: number, final: boolean): number {
    const row: CsvRow = { line: this.line, values: [], columns: 0, broken: false };
    let lines = 0;
    let at = start;
    for (;;) {
      const from = at;
      const quoted = text.charCodeAt(at) === QUOTE;
      let end = quoted ? this.closingQuote(text, at, final) : at;
      if (end === INCOMPLETE) return INCOMPLETE;
      if (quoted) {
        lines += this.linesBetween(text, from, end);
        this.keep(row, text, from + 1, end, true);
        at = end + 1;
      }
      end = separator(text, at);
      if (end === text.length && !final) return INCOMPLETE;
      const isRowEnd = text.charCodeAt(end) !== SEMICOLON;
      const stop = isRowEnd && end > at && text.charCodeAt(end - 1) === CR ? end - 1 : end;
      if (!quoted) this.keep(row, text, at, stop, false);
      else if (stop > at && text.slice(at, stop).trim() !== '') row.broken = true;
      row.columns++;
      at = end + 1;
      if (!isRowEnd) continue;
      this.line += lines + 1;
      this.onRow(row);
      return at;
    }
  }

  private closingQuote(text: string, open: number, final: boolean): number {
    let close = text.indexOf('"', open + 1);
    while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2);
    // At the end of a piece, a second quote that would make it a literal one may still come.
    return close === -1 || (close + 1 >= text.length && !final) ? INCOMPLETE : close;
  }

  private keep(row: CsvRow, text: string, from: number, to: number, quoted: boolean): void {
    const slot = this.slots === undefined ? row.columns : row.columns < this.slots.length ? this.slots[row.columns]! : -1;
    if (slot < 0) return;
    const value = text.slice(from, to);
    row.values[slot] = quoted && value.includes('""') ? value.replaceAll('""', '"') : value;
  }

  private linesBetween(text: string, from: number, to: number): number {
    let lines = 0;
    if (this.nextLf < from) this.nextLf = indexOrEnd(text, from);
    while (this.nextLf < to) {
      lines++;
      this.nextLf = indexOrEnd(text, this.nextLf + 1);
    }
    return lines;
  }
}

const indexOrEnd = (text: string, from: number): number => {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at;
};

/** Where the next `;` or LF stands, or the end of the text. */
const separator = (text: string, from: number): number => {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === SEMICOLON || code === LF) break;
  }
  return at;
};
