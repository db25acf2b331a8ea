import { FormatError, type IntakeRecord } from './intake';
import { FieldError } from './fields';

/** Records that travel together. */
export const BATCH = 500;

/** Records of one document that are kept in memory until its end was seen; a longer document is read a second time. */
export const MAX_HELD = 20_000;

/** The bytes changed between two readings of one document: a fault of the caller, not of the file. */
export class SourceChanged extends Error {}

/** The reject of one record. @throws what is not a `FieldError`: it is no fault of the record. */
export const reject = (line: number, error: unknown): IntakeRecord => {
  if (!(error instanceof FieldError)) throw error;
  return { kind: 'reject', line, field: error.field, code: error.code, message: error.message };
};

/** A header that cannot be read condemns its document. */
export const fatal = (error: unknown, line?: number): unknown =>
  error instanceof FieldError ? new FormatError(error.code, error.message, line) : error;

export function* batches<T>(items: readonly T[], size = BATCH): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** How a pass reads: `records: false` only makes sure that the document can be read to its end. */
export interface Pass {
  records: boolean;
}

/**
 * Nothing of a document comes out before its end was read without a fatal error: what `read` delivers is held, and when
 * it grows beyond `MAX_HELD` the rest is only checked and everything is read a second time.
 */
export async function* afterTheEnd(
  read: (pass: Pass) => AsyncIterable<readonly IntakeRecord[]>,
  max = MAX_HELD,
): AsyncGenerator<IntakeRecord[]> {
  const pass: Pass = { records: true };
  let held: IntakeRecord[] = [];
  for await (const records of read(pass)) {
    if (!pass.records) continue;
    held.push(...records);
    if (held.length <= max) continue;
    pass.records = false;
    held = [];
  }
  if (pass.records) yield* batches(held);
  else yield* regrouped(read({ records: true }));
}

async function* regrouped(groups: AsyncIterable<readonly IntakeRecord[]>): AsyncGenerator<IntakeRecord[]> {
  let pending: IntakeRecord[] = [];
  for await (const group of groups) {
    pending = pending.length === 0 ? [...group] : [...pending, ...group];
    while (pending.length >= BATCH) yield pending.splice(0, BATCH);
  }
  if (pending.length > 0) yield pending;
}
