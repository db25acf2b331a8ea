import { type EncodedAppend, stampMeta } from '../../encode';
import { type StoredEvent } from '../../port';

/** JSON escapes every control character, so the backslash is the only one that COPY's text format would read differently. */
const escapeJson = (json: string): string => (json.includes('\\') ? json.replaceAll('\\', '\\\\') : json);

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f', '\v': '\\v' };

/** Names (streams, types) may hold any character but NUL; nearly none holds one of these. */
const escapeName = (name: string): string => (/[\\\b-\r]/.test(name) ? name.replace(/[\\\b-\r]/g, (c) => ESCAPES[c]!) : name);

/** The order of the columns in a COPY: what only the commit knows (the instant that ends `meta`, the position) stands last. */
export const COPY_COLUMNS = 'id, stream, revision, type, data, meta, position';

const ID_LENGTH = 36;

const NO_INSTANT = '0000-00-00T00:00:00.000Z';
const POSITION_DIGITS = 19;
/** From the first character of the instant to the end of the row: `<instant>"}`, tab, position, newline. */
const INSTANT_FROM_END = NO_INSTANT.length + 3 + POSITION_DIGITS + 1;
const ZERO = '0'.charCodeAt(0);

const rowText = ({ stream, expected, events }: EncodedAppend): string[] => {
  const name = escapeName(stream);
  return events.map(({ id, type, data, meta }, index) => {
    const texts = `${escapeName(type)}\t${escapeJson(data)}\t${stampMeta(escapeJson(meta), NO_INSTANT)}`;
    return `${id}\t${name}\t${expected + 1 + index}\t${texts}\t0000000000000000000\n`;
  });
};

/** Rows in COPY text format inside a block: complete but for the instant and the position, which are patched in place. */
export interface RowRange {
  readonly block: Buffer;
  readonly start: number;
  /** Where each row ends. */
  readonly ends: readonly number[];
}

const BLOCK_BYTES = 1024 * 1024;

/**
 * Writes rows as bytes when an append arrives. Outside the heap they cost the garbage collector nothing while they wait, and appends
 * that arrived in a row lie in a row, ready to be sent. A block is freed when the last of its appends is answered.
 */
export class RowWriter {
  private block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private used = 0;

  write(append: EncodedAppend): RowRange {
    const rows = rowText(append);
    this.reserve(rows);
    const start = this.used;
    const ends = rows.map((row) => (this.used += this.block.write(row, this.used, 'utf8')));
    return { block: this.block, start, ends };
  }

  private reserve(rows: readonly string[]): void {
    const most = rows.reduce((sum, row) => sum + row.length * 3, 0);
    if (this.used + most <= this.block.length) return;
    this.block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, most));
    this.used = 0;
  }
}

/** The ids of the events, which stand first in their rows. */
export const idsOf = ({ block, start, ends }: RowRange): string[] =>
  ends.map((_, i) => {
    const from = i === 0 ? start : ends[i - 1]!;
    return block.toString('latin1', from, from + ID_LENGTH);
  });

/** Writes the instant and the positions after `before` into the rows. */
export const patchRows = ({ block, ends }: RowRange, instant: Buffer, before: number): void => {
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    block.set(instant, end - INSTANT_FROM_END);
    let rest = before + 1 + i;
    for (let at = end - 2; at > end - 2 - POSITION_DIGITS; at--) {
      block[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
};

/** The bytes of all rows in order, ranges that lie in a row as one piece. */
export const joinRows = (ranges: readonly RowRange[]): Buffer[] => {
  const pieces: Buffer[] = [];
  let open: { block: Buffer; start: number; end: number } | undefined;
  const close = (): void => {
    if (open) pieces.push(open.block.subarray(open.start, open.end));
  };
  for (const { block, start, ends } of ranges) {
    const end = ends[ends.length - 1]!;
    if (open && open.block === block && open.end === start) open.end = end;
    else {
      close();
      open = { block, start, end };
    }
  }
  close();
  return pieces;
};

export const EVENT_COLUMNS = 'position, stream, revision, id, type, data, meta';

/** What pg gives for `EVENT_COLUMNS` in array mode: int8 and uuid come as text. */
export type EventRow = [position: string, stream: string, revision: number, id: string, type: string, data: string, meta: string];

export const toEvent = ([position, stream, revision, id, type, data, meta]: readonly [...EventRow, ...unknown[]]): StoredEvent => ({
  position: BigInt(position),
  stream,
  revision,
  id,
  type,
  data: JSON.parse(data),
  meta: JSON.parse(meta),
});
