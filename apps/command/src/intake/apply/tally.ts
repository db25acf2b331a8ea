import type { FileCounts, FileEntry, FileError, FileFormat } from '@quadra/domain';
import { toCents } from '@quadra/kernel';

export type Fate = 'recorded' | 'unchanged' | 'conflicting' | 'ignored' | 'rejected';

/** Counts the records of one document. Every record read has exactly one fate, so the sum always ties. */
export class Tally {
  recorded = 0;
  unchanged = 0;
  conflicting = 0;
  ignored = 0;
  rejected = 0;
  recordedCents = 0;

  add(fate: Fate, records: number, recordedCents = 0): void {
    this[fate] += records;
    this.recordedCents += recordedCents;
  }

  include(other: Tally): void {
    for (const fate of ['recorded', 'unchanged', 'conflicting', 'ignored', 'rejected'] as const) this[fate] += other[fate];
    this.recordedCents += other.recordedCents;
  }

  get read(): number {
    return this.recorded + this.unchanged + this.conflicting + this.ignored + this.rejected;
  }

  counts(): FileCounts {
    const { read, recorded, unchanged, conflicting, ignored, rejected } = this;
    return { read, recorded, unchanged, conflicting, ignored, rejected, recordedCents: toCents(this.recordedCents) };
  }
}

/** A document of the file while it is applied: the file itself, or an entry of a zip. */
export interface DocumentState {
  readonly index: number;
  readonly entry?: string;
  readonly format: FileFormat | 'unknown';
  readonly tally: Tally;
  error?: FileError;
}

export const sumOf = (documents: readonly DocumentState[]): Tally => {
  const total = new Tally();
  for (const { tally } of documents) total.include(tally);
  return total;
};

const MAX_ENTRIES = 2_000;
const MAX_ENTRIES_BYTES = 200 * 1024;

const entryOf = ({ entry, format, tally, error }: DocumentState): FileEntry => ({
  name: entry ?? '',
  format,
  counts: tally.counts(),
  ...(error && { error }),
});

/**
 * The entries of a zip as `FileImported` holds them: an event has a bounded size, so of a very long list the first ones stand
 * and one closing entry sums up the others.
 */
export const entriesOf = (documents: readonly DocumentState[], maxEntries = MAX_ENTRIES, maxBytes = MAX_ENTRIES_BYTES): FileEntry[] => {
  const entries: FileEntry[] = [];
  let bytes = 0;
  for (const document of documents) {
    const entry = entryOf(document);
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (entries.length === maxEntries || bytes > maxBytes) break;
    entries.push(entry);
  }
  const rest = documents.slice(entries.length);
  if (rest.length === 0) return entries;
  return [...entries, { name: `… and ${rest.length} more`, format: 'unknown', counts: sumOf(rest).counts() }];
};
