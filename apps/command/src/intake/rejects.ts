import type { OrgId } from '@quadra/kernel';
import type { Pool } from 'pg';
import type { RejectRow } from './apply/file-import';

/** All rejects are counted, so many are kept: a file of nothing but rejects says the same on every line. */
const MAX_KEPT = 100_000;
const PAGE = 5_000;

/** Keeps the rejects of one run of an import; `FileTable.begin` has removed those of an interrupted one. */
export class RejectLog {
  private kept = 0;

  constructor(
    private readonly pool: Pool,
    private readonly org: OrgId,
    private readonly fileId: string,
  ) {}

  async keep(rejects: readonly RejectRow[]): Promise<void> {
    const from = this.kept;
    const rows = rejects.slice(0, MAX_KEPT - from);
    if (rows.length === 0) return;
    this.kept += rows.length;
    await this.pool.query(
      `insert into command.file_reject (org, file_id, seq, entry, line, field, code, message)
       select $1, $2, $3 + n, entry, line, field, code, message
       from unnest($4::text[], $5::int[], $6::text[], $7::text[], $8::text[]) with ordinality as r(entry, line, field, code, message, n)`,
      [
        this.org,
        this.fileId,
        from,
        rows.map((r) => r.entry ?? null),
        rows.map((r) => r.line),
        rows.map((r) => r.field),
        rows.map((r) => r.code),
        rows.map((r) => r.message),
      ],
    );
  }
}

/** A spreadsheet takes a cell that begins so for a formula: an apostrophe keeps it a text. */
const FORMULA = /^[=+\-@\t\r]/;

const cell = (text: string): string => {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[;"\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** The rejects of a file in file order, as CSV: `line;field;code;message`, for a zip with the `entry` before them. */
export async function* rejectsCsv(pool: Pool, org: OrgId, fileId: string, zipped: boolean): AsyncGenerator<string> {
  yield zipped ? 'entry;line;field;code;message\r\n' : 'line;field;code;message\r\n';
  for (let after = 0; ;) {
    const { rows } = await pool.query(
      `select seq, entry, line, field, code, message from command.file_reject
       where org = $1 and file_id = $2 and seq > $3 order by seq limit ${PAGE}`,
      [org, fileId, after],
    );
    if (rows.length === 0) return;
    yield rows
      .map((r) => `${[...(zipped ? [r.entry ?? ''] : []), String(r.line), r.field, r.code, r.message].map(cell).join(';')}\r\n`)
      .join('');
    after = rows.at(-1).seq;
  }
}
