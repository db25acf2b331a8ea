import type { NoticeContent } from '@quadra/domain';
import { type Row, type TableRow, tableRows } from '../csv';
import { amount, date, freeText, identifier } from '../fields';
import type { IntakeRecord, ReaderContext, Source } from '../intake';
import { addSubject, type PersonalDraft } from '../personal';
import { type Pass, afterTheEnd, reject } from '../records';
import { NOTICE_LAYOUT, type NoticeColumn } from './layout';

/** One row: the body's own system declares a due as paid. @throws FieldError */
const noticeRecord = ({ line, get }: Row<NoticeColumn>, ctx: ReaderContext): IntakeRecord => {
  const dueType = freeText(get('dueType'));
  const category = freeText(get('category'), 140);
  const personal: PersonalDraft = {};
  const debtor = addSubject(personal, 'debtor', get);
  const description = freeText(get('description'), 1024);
  if (description !== undefined) personal['description'] = description;
  const content: Omit<NoticeContent, 'personalRef'> = {
    iud: identifier('IUD', get('iud')),
    amountCents: amount('importoDovutoPagato', get('amount')),
    executedOn: date('dataEsecuzionePagamento', get('executedOn')),
    ...(dueType !== undefined && { dueType }),
    ...(category !== undefined && { category }),
    ...(debtor !== undefined && { debtorDigest: ctx.digest(debtor) }),
  };
  return { kind: 'notice', line, iuv: identifier('codIuv', get('iuv')), content, personal };
};

const recordOf = (row: TableRow<NoticeColumn>, ctx: ReaderContext): IntakeRecord => {
  if (row.kind === 'blank') return { kind: 'ignored', line: row.line, reason: 'blank row' };
  if (row.kind === 'broken') return { kind: 'reject', line: row.line, field: '', code: row.code, message: row.message };
  try {
    return noticeRecord(row, ctx);
  } catch (error) {
    return reject(row.line, error);
  }
};

/**
 * Reads payment notifications (*pagamenti notificati*) from CSV: each row is a notice, a reject or, when blank, ignored.
 * @throws FormatError before anything was delivered, when header, quoting or encoding are broken.
 */
export const readNotificationCsv = (source: Source, ctx: ReaderContext, maxHeld?: number): AsyncGenerator<IntakeRecord[]> =>
  afterTheEnd(async function* (pass: Pass) {
    for await (const rows of tableRows(source, NOTICE_LAYOUT)) yield pass.records ? rows.map((row) => recordOf(row, ctx)) : [];
  }, maxHeld);
