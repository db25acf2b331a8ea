import fc from 'fast-check';
import { formatEuro } from '@quadra/kernel';
import type { IntakeRecord } from '../intake';
import { all, context, csvText, ORG, OTHER, readCount, receiptRow, RECEIPT_COLUMNS, sourceOf } from '../testing/documents';
import { readReceiptCsv } from '.';

const read = (csv: string, maxHeld?: number): Promise<IntakeRecord[]> => all(readReceiptCsv(sourceOf(csv), context(), maxHeld));

const fileOf = (...rows: Record<string, string>[]): string =>
  csvText(
    RECEIPT_COLUMNS,
    rows.map((fields) => receiptRow(fields)),
  );

const outline = (records: readonly IntakeRecord[]): unknown[] =>
  records.map((r) => [
    r.kind,
    r.line,
    ...(r.kind === 'reject' ? [r.field, r.code] : []),
    ...(r.kind === 'receipt' && r.rows ? [`${r.rows} rows`] : []),
  ]);

const share = (index: number, cents: number, fields: Record<string, string> = {}): Record<string, string> => ({
  indiceDatiSingoloPagamento: String(index),
  singoloImportoPagato: formatEuro(cents),
  importoTotalePagato: '30.00',
  ...fields,
});

describe('reading receipts from CSV', () => {
  it('takes the payment out of a row and puts the citizen aside', async () => {
    expect(await read(fileOf({}))).toEqual([
      {
        kind: 'receipt',
        line: 2,
        iuv: '01000000000000017',
        content: {
          receiptId: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
          issuer: ORG,
          outcome: 'OK',
          totalCents: 1000,
          psp: 'ABCDITR1XXX',
          paidOn: '2026-03-01',
          pspName: 'A Bank',
          transfers: [{ index: 1, amountCents: 1000, category: '9/0101100IM/' }],
          othersCents: 0,
          dueType: 'CANTEEN',
          iud: 'IUD-1',
          debtorDigest: context().digest('ABCDEF80A01H501X'),
        },
        personal: { debtorCode: 'ABCDEF80A01H501X', debtorName: 'A Debtor', remittance1: 'canteen' },
      },
    ]);
  });

  it('reads the names of columns in snake case too', async () => {
    const snake = RECEIPT_COLUMNS.map((name) => (name.startsWith('codRt') ? name : name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)));
    const csv = csvText(snake, [receiptRow({})]);
    expect(csv).toContain('"identificativo_univoco_riscoss"');
    expect(await read(csv)).toEqual(await read(fileOf({})));
  });

  it('takes the issuer from the columns of version 1.3', async () => {
    const columns = [...RECEIPT_COLUMNS, 'bilancio', 'cod_fiscale_pa1', 'de_nome_pa1', 'cod_tassonomico_dovuto_pa1'];
    const csv = csvText(columns, [
      receiptRow({ cod_fiscale_pa1: OTHER, datiSpecificiRiscossione: '', cod_tassonomico_dovuto_pa1: '9/1' }, columns),
    ]);
    expect(await read(csv)).toMatchObject([{ content: { issuer: OTHER, transfers: [{ category: '9/1' }] } }]);
  });

  it.each([
    ['the IUR', {}, 'a1b2c3d4e5f60718293a4b5c6d7e8f90'],
    ['the context code without an IUR', { identificativoUnivocoRiscoss: '', codiceContestoPagamento: 'CCP1' }, 'CCP1'],
    ['the message id when the context code says n/a', { identificativoUnivocoRiscoss: '' }, 'message-1'],
  ])('the receipt id is %s', async (_name, fields, receiptId) => {
    expect(await read(fileOf(fields))).toMatchObject([{ content: { receiptId } }]);
  });

  it.each([
    ['0', 'OK'],
    ['1', 'KO'],
    ['2', 'OK'],
  ])('outcome %s is %s', async (codiceEsitoPagamento, outcome) => {
    expect(await read(fileOf({ codiceEsitoPagamento }))).toMatchObject([{ content: { outcome } }]);
  });

  it('makes one receipt of consecutive rows, and a total of what they leave open', async () => {
    const records = await read(fileOf(share(2, 1200), share(1, 1000), { identificativoUnivocoRiscoss: 'other', codIuv: '02' }));
    expect(outline(records)).toEqual([
      ['receipt', 2, '2 rows'],
      ['receipt', 4],
    ]);
    expect(records[0]).toMatchObject({
      content: {
        totalCents: 3000,
        othersCents: 800,
        transfers: [
          { index: 1, amountCents: 1000 },
          { index: 2, amountCents: 1200 },
        ],
      },
    });
  });

  it('refuses the rows of other beneficiaries one by one and keeps their share in the total', async () => {
    const records = await read(fileOf(share(1, 1000), share(2, 2000, { enteBenefCodiceIdentificativoUnivoco: OTHER })));
    expect(outline(records)).toEqual([
      ['reject', 3, 'enteBenefCodiceIdentificativoUnivoco', 'ORGANIZATION_MISMATCH'],
      ['receipt', 2],
    ]);
    expect(records[1]).toMatchObject({ content: { othersCents: 2000 } });
  });

  it('refuses rows of another domain that name no beneficiary', async () => {
    const records = await read(fileOf({ identificativoDominio: OTHER, enteBenefCodiceIdentificativoUnivoco: '' }));
    expect(outline(records)).toEqual([['reject', 2, 'identificativoDominio', 'ORGANIZATION_MISMATCH']]);
  });

  it('refuses all rows of a receipt when one of them cannot be read: half a receipt would be a wrong one', async () => {
    expect(
      outline(
        await read(fileOf(share(1, 1000), share(2, 1000, { singoloImportoPagato: '12.345' }), { identificativoUnivocoRiscoss: 'next' })),
      ),
    ).toEqual([
      ['reject', 3, 'singoloImportoPagato', 'AMOUNT_INVALID'],
      ['reject', 2, '', 'RECEIPT_INCOMPLETE'],
      ['receipt', 4],
    ]);
  });

  it.each([
    ['disagree on the total', [share(1, 1000), share(2, 1000, { importoTotalePagato: '31.00' })], 'importoTotalePagato', 'ROWS_DISAGREE'],
    ['repeat an index', [share(1, 1000), share(1, 1000)], 'indiceDatiSingoloPagamento', 'TRANSFER_INDEX_REPEATED'],
    ['add up to more than the total', [share(1, 2000), share(2, 2000)], 'importoTotalePagato', 'RECEIPT_SUM_DIFFERS'],
  ])('refuses rows of one receipt that %s', async (_name, rows, field, code) => {
    expect(outline(await read(fileOf(...rows)))).toEqual([
      ['reject', 2, field, code],
      ['reject', 3, field, code],
    ]);
  });

  it('refuses every one of a hundred rows that name one receipt', async () => {
    const records = await read(fileOf(...Array.from({ length: 100 }, () => share(1, 1000))));
    expect(new Set(records.map((r) => r.kind === 'reject' && r.code))).toEqual(new Set(['TRANSFER_INDEX_REPEATED']));
    expect(records).toHaveLength(100);
  });

  it.each([
    ['IUVs that differ', { identificativoUnivocoVersamento: '99' }, 'identificativoUnivocoVersamento', 'IUV_DIFFERS'],
    ['no PSP', { codiceIdentificativoUnivoco: '' }, 'codiceIdentificativoUnivoco', 'FIELD_MISSING'],
    ['an unknown outcome', { codiceEsitoPagamento: 'X' }, 'codiceEsitoPagamento', 'OUTCOME_INVALID'],
    ['a wrong day', { dataEsitoSingoloPagamento: '2026-02-29' }, 'dataEsitoSingoloPagamento', 'DATE_INVALID'],
    ['index 0', { indiceDatiSingoloPagamento: '0' }, 'indiceDatiSingoloPagamento', 'TRANSFER_INDEX_INVALID'],
    ['an absurd amount', { importoTotalePagato: '1e400' }, 'importoTotalePagato', 'AMOUNT_INVALID'],
  ])('refuses %s', async (_name, fields, field, code) => {
    expect(outline(await read(fileOf(fields)))).toEqual([['reject', 2, field, code]]);
  });

  it('tells stamp duty by its attachment', async () => {
    expect(await read(fileOf({ codRtDatiPagDatiSingPagAllegatoRicevutaTipo: 'BD' }))).toMatchObject([
      { content: { transfers: [{ stampDuty: true }] } },
    ]);
  });

  it('counts every row once and says the same for every split of bytes and every limit of memory', async () => {
    const row = fc.record({
      identificativoUnivocoRiscoss: fc.constantFrom('A', 'B'),
      indiceDatiSingoloPagamento: fc.constantFrom('1', '2', '3'),
      singoloImportoPagato: fc.constantFrom('1.00', '2,5', 'x'),
      enteBenefCodiceIdentificativoUnivoco: fc.constantFrom(ORG, ORG, OTHER),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 9 }),
        async (rows, size, maxHeld) => {
          const csv = fileOf(...rows);
          const whole = await read(csv);
          expect(readCount(whole)).toBe(rows.length);
          expect(await all(readReceiptCsv(sourceOf(csv, size), context(), maxHeld))).toEqual(whole);
        },
      ),
      { numRuns: 100 },
    );
  });
});
