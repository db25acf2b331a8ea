import { type Row, type TableRow, tableRows } from '../csv';
import type { IntakeRecord, ReaderContext, Source } from '../intake';
import { type Pass, afterTheEnd } from '../records';
import { RECEIPT_LAYOUT, type ReceiptColumn } from './layout';
import { receiptRecords } from './receipt';
import { groupKey } from './row';

/** Rows of one receipt that are put together; more than five transfers cannot be right, and every row becomes a reject. */
const MAX_GROUP = 64;

const tooMany = ({ line }: Row<ReceiptColumn>): IntakeRecord => ({
  kind: 'reject',
  line,
  field: 'indiceDatiSingoloPagamento',
  code: 'TRANSFER_INDEX_REPEATED',
  message: `More than ${MAX_GROUP} rows name the same receipt`,
});

/** Puts consecutive rows of one receipt together, across the pieces in which the file is read. */
class Grouper {
  private rows: Row<ReceiptColumn>[] = [];
  private key = '';

  constructor(private readonly ctx: ReaderContext) {}

  add(row: TableRow<ReceiptColumn>): IntakeRecord[] {
    if (row.kind === 'blank') return [...this.flush(), { kind: 'ignored', line: row.line, reason: 'blank row' }];
    if (row.kind === 'broken')
      return [...this.flush(), { kind: 'reject', line: row.line, field: '', code: row.code, message: row.message }];
    const key = groupKey(row);
    if (key === this.key && this.rows.length === MAX_GROUP) return [tooMany(row)];
    const before = key === this.key ? [] : this.flush();
    this.key = key;
    this.rows.push(row);
    return before;
  }

  flush(): IntakeRecord[] {
    const rows = this.rows;
    this.rows = [];
    this.key = '';
    return rows.length === 0 ? [] : receiptRecords(rows, this.ctx);
  }
}

/**
 * Reads receipts (*flusso RT*) from CSV: each row is a transfer, consecutive rows of one receipt make one record with
 * `rows`; a row that cannot be read is a reject of its own.
 * @throws FormatError before anything was delivered, when header, quoting or encoding are broken.
 */
export const readReceiptCsv = (source: Source, ctx: ReaderContext, maxHeld?: number): AsyncGenerator<IntakeRecord[]> =>
  afterTheEnd(async function* (pass: Pass) {
    const grouper = new Grouper(ctx);
    for await (const rows of tableRows(source, RECEIPT_LAYOUT)) yield pass.records ? rows.flatMap((row) => grouper.add(row)) : [];
    if (pass.records) yield grouper.flush();
  }, maxHeld);
