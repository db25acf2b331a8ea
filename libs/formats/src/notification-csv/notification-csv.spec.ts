import type { IntakeRecord } from '../intake';
import { all, context, csvText, NOTICE_COLUMNS, noticeRow, sourceOf } from '../testing/documents';
import { readNotificationCsv } from '.';

const read = (csv: string | Uint8Array, maxHeld?: number): Promise<IntakeRecord[]> =>
  all(readNotificationCsv(sourceOf(csv), context(), maxHeld));

const fileOf = (...rows: Record<string, string>[]): string =>
  csvText(
    NOTICE_COLUMNS,
    rows.map((fields) => noticeRow(fields)),
  );

describe('reading payment notifications from CSV', () => {
  it('takes the due out of a row and puts the citizen aside', async () => {
    expect(await read(fileOf({}))).toEqual([
      {
        kind: 'notice',
        line: 2,
        iuv: '01000000000000017',
        content: {
          iud: 'IUD-1',
          amountCents: 1000,
          executedOn: '2026-03-01',
          dueType: 'CANTEEN',
          category: '9/0101100IM/',
          debtorDigest: context().digest('ABCDEF80A01H501X'),
        },
        personal: { debtorCode: 'ABCDEF80A01H501X', debtorName: 'A Debtor', description: 'a "text"; of two lines' },
      },
    ]);
  });

  it('reads columns by name, in any order, case and spelling', async () => {
    const csv = 'IMPORTO_DOVUTO_PAGATO;cod_iuv;iud;data_esecuzione_pagamento;unknown\r\n7.5;IUV1;D1;2026-01-31;x\r\n';
    expect(await read(csv)).toMatchObject([{ kind: 'notice', line: 2, iuv: 'IUV1', content: { iud: 'D1', amountCents: 750 } }]);
  });

  it('counts every row: blank rows are ignored, bad ones refused with line, field and code', async () => {
    const csv = fileOf(
      {},
      { IUD: '' },
      { importoDovutoPagato: '1.234,50' },
      { importoDovutoPagato: '-1' },
      { dataEsecuzionePagamento: '01/03/2026' },
      { codIuv: 'A\u0007' },
    );
    const records = await read(`${csv}\n;;;;;;;;;;;;;;;;;;;\nshort;row\n"x"y;${';'.repeat(18)}\n`);
    expect(records.map((r) => [r.kind, r.line, ...(r.kind === 'reject' ? [r.field, r.code] : [])])).toEqual([
      ['notice', 2],
      ['reject', 4, 'IUD', 'FIELD_MISSING'],
      ['reject', 6, 'importoDovutoPagato', 'AMOUNT_INVALID'],
      ['reject', 8, 'importoDovutoPagato', 'AMOUNT_NEGATIVE'],
      ['reject', 10, 'dataEsecuzionePagamento', 'DATE_INVALID'],
      ['reject', 12, 'codIuv', 'ID_INVALID'],
      ['ignored', 14],
      ['ignored', 15],
      ['reject', 16, '', 'CSV_COLUMNS'],
      ['reject', 17, '', 'CSV_QUOTE'],
    ]);
  });

  it.each([
    ['UTF-8', Buffer.from(fileOf({ anagraficaPagatore: 'Niccolò' }), 'utf8')],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${fileOf({ anagraficaPagatore: 'Niccolò' })}`, 'utf8')],
    ['windows-1252', Buffer.from(fileOf({ anagraficaPagatore: 'Niccolò' }), 'latin1')],
    ['UTF-16', Buffer.from(`\ufeff${fileOf({ anagraficaPagatore: 'Niccolò' })}`, 'utf16le')],
  ])('reads %s', async (_name, bytes) => {
    expect(await read(bytes)).toMatchObject([{ personal: { debtorName: 'Niccolò' } }]);
  });

  it.each([
    ['a quote that is never closed', `${fileOf({})}"open;`, 'CSV_QUOTE_OPEN', 4],
    ['a column that is missing', 'IUD;codIuv\nA;B\n', 'CSV_HEADER', 1],
    ['a column that stands twice', 'IUD;codIuv;cod_iuv;importoDovutoPagato;dataEsecuzionePagamento\n', 'CSV_HEADER', 1],
    ['an endless row', `${fileOf({})}${'x'.repeat(5_000_000)}`, 'CSV_ROW_TOO_LONG', 4],
  ])('fails as a whole with %s', async (_name, csv, code, line) => {
    await expect(read(csv)).rejects.toMatchObject({ code, line });
  });

  it('fails without delivering anything when the end of a long file is broken', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ IUD: `D${i}` }));
    const delivered: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const records of readNotificationCsv(sourceOf(`${fileOf(...rows)}"`), context(), 10)) delivered.push(records);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'CSV_QUOTE_OPEN' });
    expect(delivered).toEqual([]);
  });

  it('says the same whether the file is held or read twice, in groups of at most 500', async () => {
    const csv = fileOf(...Array.from({ length: 1203 }, (_, i) => ({ IUD: i % 100 === 7 ? '' : `D${i}` })));
    const held = await read(csv);
    expect(held).toHaveLength(1203);
    const groups: IntakeRecord[][] = [];
    for await (const group of readNotificationCsv(sourceOf(csv), context(), 10)) groups.push(group);
    expect(groups.flat()).toEqual(held);
    expect(groups.map((g) => g.length)).toEqual([500, 500, 203]);
  });

  it('says the same for every split of the bytes', async () => {
    const csv = Buffer.from(
      `${csvText(NOTICE_COLUMNS, [noticeRow({ anagraficaPagatore: 'è€😀 ""' })], '\r\n')}\r\n${csvText(noticeRow({ IUD: '' }), [], '')}`,
      'utf8',
    );
    const whole = await read(csv);
    expect(whole.map((r) => r.kind)).toEqual(['notice', 'ignored', 'reject']);
    for (let size = 1; size < csv.length; size++) expect(await all(readNotificationCsv(sourceOf(csv, size), context()))).toEqual(whole);
  });
});
