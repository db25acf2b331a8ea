import type { CreditCommand, FileError } from '@quadra/domain';
import { creditId, creditStream, journalStream, paymentStream, settlementFlowStream } from '@quadra/domain';
import type { CreditEffect, IntakeRecord, PersonalFields } from '@quadra/formats';
import type { OrgId } from '@quadra/kernel';
import type { PreparedEffect, PreparedRecord } from './protocol';

/** An event is bounded, so is a record: more than any real one by far. */
const MAX_RECORD_BYTES = 64 * 1024;
/** Lines of one event, 256 KiB at most. */
const MAX_LINES_BYTES = 200 * 1024;
const MAX_TEXT = 500;

/** Keeps the personal fields of a record apart. @returns the reference that stands in the event, nothing when there are none. */
export type KeepPersonal = (fields: PersonalFields | undefined) => { readonly personalRef?: string };

/** What a row of a journal asks of a credit. `keep` gives the reference to the personal fields of a booking. */
export const creditCommand = (effect: CreditEffect, keep: () => { readonly personalRef?: string }): CreditCommand => {
  if (effect.effect === 'booked') return { type: 'BookCredit', content: { ...effect.content, ...keep() } };
  const { effect: kind, credit: _, ...movement } = effect;
  if (kind === 'reversed') return { type: 'ReverseCredit', movement };
  const regularized = movement as Extract<CreditCommand, { type: 'RegularizeCredit' }>['movement'];
  return { type: kind === 'regularized' ? 'RegularizeCredit' : 'RevertRegularization', movement: regularized };
};

const prepareEffects = (org: OrgId, effects: readonly CreditEffect[], keep: () => { readonly personalRef?: string }): PreparedEffect[] =>
  effects.map((effect) => ({
    stream: creditStream(org, creditId(effect.effect === 'booked' ? effect.content : effect.credit)),
    command: creditCommand(effect, keep),
  }));

/** `rows`: how many rows of the file the record stands for, 1 where a reader does not say. */
const rowsOf = (record: IntakeRecord): { rows?: number } => {
  const { rows } = record as { rows?: number };
  return typeof rows === 'number' && rows > 1 ? { rows } : {};
};

const prepareOne = (org: OrgId, record: IntakeRecord, keep: KeepPersonal): PreparedRecord => {
  const { line } = record;
  switch (record.kind) {
    case 'receipt': {
      const stream = paymentStream(org, record.iuv);
      return { kind: 'receipt', line, stream, ...rowsOf(record), content: { ...record.content, ...keep(record.personal) } };
    }
    case 'notice': {
      const stream = paymentStream(org, record.iuv);
      return { kind: 'notice', line, stream, ...rowsOf(record), content: { ...record.content, ...keep(record.personal) } };
    }
    case 'flow':
      return { kind: 'flow', line, stream: settlementFlowStream(org, record.header.iuf), header: record.header };
    case 'journal': {
      const { treasurer, documentId } = record.header;
      return { ...record, stream: journalStream(org, treasurer, documentId) };
    }
    case 'journal-row':
      return { kind: 'journal-row', line, row: record.row, effects: prepareEffects(org, record.effects, () => keep(record.personal)) };
    case 'journal-end':
      return { kind: 'journal-end', line };
    case 'ignored':
      return { kind: 'ignored', line, ...rowsOf(record) };
    case 'reject':
      return refusal(record, record.field, record.code, record.message);
    default:
      return record;
  }
};

const refusal = (record: IntakeRecord, field: string, code: string, message: string): PreparedRecord => ({
  kind: 'reject',
  line: record.line,
  ...rowsOf(record),
  field: storable(field),
  code: storable(code),
  message: storable(message),
});

/** Text that every store can keep: no U+0000, no half of a surrogate pair, of bounded length. */
const storable = (text: string): string => text.slice(0, MAX_TEXT).replace(/[\p{Surrogate}\u0000]/gu, '\ufffd');

/** As far as an error of a file may go into an event. */
export const storableError = ({ code, message, entry, line }: FileError): FileError => ({
  code: storable(code),
  message: storable(message),
  ...(entry !== undefined && { entry: storable(entry) }),
  ...(line !== undefined && { line }),
});

/** JSON writes U+0000 and half of a surrogate pair, and nothing else of ours, as `\\u0000` and `\\ud…`; an escaped backslash before it is text. */
const isUnstorable = (json: string): boolean =>
  (json.includes('\\u0000') || json.includes('\\ud')) && /(?:^|[^\\])(?:\\\\)*\\u(?:0000|d[89a-f])/.test(json);

type LinesRecord = Extract<PreparedRecord, { kind: 'flow-lines' }>;

const halves = (record: LinesRecord): string[] => {
  const middle = record.lines.length >> 1;
  const parts = [
    { ...record, lines: record.lines.slice(0, middle) },
    { ...record, from: record.from + middle, lines: record.lines.slice(middle) },
  ];
  return parts.flatMap((part) => linesJson(part));
};

const linesJson = (record: LinesRecord): string[] => {
  const json = JSON.stringify(record);
  return json.length * 3 > MAX_LINES_BYTES && Buffer.byteLength(json) > MAX_LINES_BYTES && record.lines.length > 1
    ? halves(record)
    : [json];
};

/**
 * A record as it is handed to the applying thread, as JSON (lines of a flow may become several). A record that could not be
 * stored becomes a reject: it is counted and named, and it never stops the file.
 */
export const prepareRecord = (org: OrgId, record: IntakeRecord, keep: KeepPersonal): string[] => {
  try {
    const prepared = prepareOne(org, record, keep);
    const parts = prepared.kind === 'flow-lines' ? linesJson(prepared) : [JSON.stringify(prepared)];
    if (parts.some(isUnstorable))
      return [JSON.stringify(refusal(record, '', 'CONTROL_CHARACTER', 'The record holds the character U+0000 or half of a character'))];
    const tooLong =
      prepared.kind !== 'flow-lines' && parts[0]!.length * 3 > MAX_RECORD_BYTES && Buffer.byteLength(parts[0]!) > MAX_RECORD_BYTES;
    return tooLong
      ? [JSON.stringify(refusal(record, '', 'RECORD_TOO_LONG', `The record is longer than ${MAX_RECORD_BYTES} bytes`))]
      : parts;
  } catch (e) {
    if (!(e instanceof URIError)) throw e;
    return [JSON.stringify(refusal(record, '', 'TEXT_BROKEN', 'An identifier of the record holds half a character'))];
  }
};
