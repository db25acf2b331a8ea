import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { formatEuro, toOrg } from '@quadra/kernel';
import type { IntakeRecord } from '../intake';
import { all, context, ORG, OTHER, receiptXml, sourceOf } from '../testing/documents';
import { readReceiptXml } from '.';

const read = (xml: string, org = ORG): Promise<IntakeRecord[]> => all(readReceiptXml(sourceOf(xml), context(org)));

const one = async (xml: string, org = ORG): Promise<IntakeRecord> => {
  const records = await read(xml, org);
  expect(records).toHaveLength(1);
  return records[0]!;
};

describe('reading a receipt from XML', () => {
  it('takes the payment out and puts the citizen aside', async () => {
    expect(await one(receiptXml())).toEqual({
      kind: 'receipt',
      line: 2,
      iuv: '01000000000000017',
      content: {
        receiptId: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
        noticeNumber: '301000000000000017',
        issuer: ORG,
        outcome: 'OK',
        totalCents: 1000,
        paidOn: '2026-03-01',
        paidAt: '2026-03-01T23:30:00',
        transferOn: '2026-03-03',
        psp: 'ABCDITR1XXX',
        pspName: 'A Bank',
        transfers: [{ index: 1, amountCents: 1000, iban: 'IT60X0542811101000000123456', category: '9/0101100IM/' }],
        othersCents: 0,
        debtorDigest: context().digest('ABCDEF80A01H501X'),
      },
      personal: {
        debtorCode: 'ABCDEF80A01H501X',
        debtorName: 'A Debtor',
        debtorAddress: 'Rome',
        description: 'Canteen & school',
        remittance1: 'share 1',
      },
    });
  });

  it('keeps the shares of other beneficiaries as a total, for the issuer and for a second beneficiary', async () => {
    const xml = receiptXml({ paymentAmount: '30.00' }, [
      { id: '2', amount: '20.00', org: OTHER },
      { id: '1', amount: '10.00' },
    ]);
    expect(await one(xml)).toMatchObject({
      content: { issuer: ORG, totalCents: 3000, othersCents: 2000, transfers: [{ index: 1, amountCents: 1000 }] },
    });
    const second = await one(xml, toOrg(OTHER));
    expect(second).toMatchObject({ content: { issuer: ORG, othersCents: 1000, transfers: [{ index: 2, amountCents: 2000 }] } });
    expect(second).not.toHaveProperty('personal.remittance1');
  });

  it('takes a receipt whose money goes to others only, when the organization issued the notice', async () => {
    expect(await one(receiptXml({}, [{ org: OTHER }]))).toMatchObject({ content: { transfers: [], othersCents: 1000 } });
  });

  it('refuses a receipt of other bodies', async () => {
    expect(await one(receiptXml(), toOrg('11111111111'))).toMatchObject({ kind: 'reject', code: 'ORGANIZATION_MISMATCH', line: 2 });
  });

  it('tells stamp duty by its attachment', async () => {
    const record = await one(receiptXml({ paymentAmount: '26.00' }, [{ id: '1' }, { id: '2', amount: '16.00', stamp: true }]));
    expect(record).toMatchObject({ content: { transfers: [{ index: 1 }, { index: 2, stampDuty: true, amountCents: 1600 }] } });
  });

  it.each([
    ['a moment with a zone, in Rome', { paymentDateTime: '2026-03-01T23:30:00Z' }, '2026-03-02', '2026-03-02T00:30:00'],
    ['a moment in summer', { paymentDateTime: '2026-07-01T22:30:00.123+00:00' }, '2026-07-02', '2026-07-02T00:30:00'],
    [
      'the application date when there is no moment',
      { paymentDateTime: undefined, applicationDate: '2026-03-04' },
      '2026-03-04',
      undefined,
    ],
    ['the transfer date when there is nothing else', { paymentDateTime: undefined }, '2026-03-03', undefined],
  ])('the day of payment is %s', async (_name, fields, paidOn, paidAt) => {
    const record = await one(receiptXml(fields));
    expect(record).toMatchObject({ content: { paidOn } });
    expect((record as { content: { paidAt?: string } }).content.paidAt).toBe(paidAt);
  });

  it.each([
    ['no receipt id', { receiptId: undefined }, 'receiptId', 'FIELD_MISSING'],
    ['a receipt id that is too long', { receiptId: 'x'.repeat(36) }, 'receiptId', 'ID_TOO_LONG'],
    ['an IUV with an invisible character', { creditorReferenceId: '0100\u200b17' }, 'creditorReferenceId', 'ID_INVALID'],
    ['an IUV that is too long', { creditorReferenceId: '1'.repeat(36) }, 'creditorReferenceId', 'ID_TOO_LONG'],
    ['a notice number of 17 digits', { noticeNumber: '3'.repeat(17) }, 'noticeNumber', 'NOTICE_NUMBER_INVALID'],
    ['an unknown outcome', { outcome: 'MAYBE' }, 'outcome', 'OUTCOME_INVALID'],
    ['an issuer that is no body', { fiscalCode: 'ABC' }, 'fiscalCode', 'FISCAL_CODE_INVALID'],
    ['an absurd amount', { paymentAmount: '1e400' }, 'paymentAmount', 'AMOUNT_INVALID'],
    ['an amount beyond the schema', { paymentAmount: '99999999999999.99' }, 'paymentAmount', 'AMOUNT_INVALID'],
    ['three decimals', { paymentAmount: '12.345' }, 'paymentAmount', 'AMOUNT_INVALID'],
    ['a negative amount', { paymentAmount: '-10.00' }, 'paymentAmount', 'AMOUNT_NEGATIVE'],
    ['a total that is not the sum', { paymentAmount: '10.01' }, 'paymentAmount', 'RECEIPT_SUM_DIFFERS'],
    ['no date at all', { paymentDateTime: undefined, transferDate: undefined }, 'paymentDateTime', 'DATE_MISSING'],
    ['a day that does not exist', { paymentDateTime: '2026-02-30T10:00:00' }, 'paymentDateTime', 'DATE_INVALID'],
    ['no transfers', { transferList: '' }, 'transferList', 'FIELD_MISSING'],
    ['an element that stands twice', { companyName: 'x</companyName><outcome>KO</outcome><companyName>y' }, 'outcome', 'FIELD_REPEATED'],
  ])('refuses %s and says which field', async (_name, fields, field, code) => {
    expect(await one(receiptXml(fields))).toMatchObject({ kind: 'reject', line: 2, field, code });
  });

  it.each([
    ['an index that stands twice', [{ amount: '5.00' }, { amount: '5.00' }], 'idTransfer', 'TRANSFER_INDEX_REPEATED'],
    ['index 6', [{ id: '6' }], 'idTransfer', 'TRANSFER_INDEX_INVALID'],
    ['six transfers', ['1', '2', '3', '4', '5', '6'].map((id) => ({ id, amount: '1.00' })), 'transferList', 'TOO_MANY_TRANSFERS'],
    ['a negative share', [{ amount: '-1.00' }], 'transferAmount', 'AMOUNT_NEGATIVE'],
  ])('refuses %s', async (_name, transfers, field, code) => {
    expect(await one(receiptXml({}, transfers))).toMatchObject({ kind: 'reject', field, code });
  });

  it('reads the older message and messages in an envelope, one record for each receipt', async () => {
    const old = receiptXml().replaceAll('paSendRTV2Request', 'paSendRTReq').replace(/^.*\n/, '');
    const records = await read(`<s:Envelope xmlns:s="e"><s:Body>${old}${old}</s:Body></s:Envelope>`);
    expect(records.map((r) => r.kind)).toEqual(['receipt', 'receipt']);
  });

  it('adds up for every split of the money: own shares and the shares of others are the total', async () => {
    const shares = fc.array(fc.tuple(fc.integer({ min: 0, max: 99_999_999 }), fc.boolean()), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(shares, async (parts) => {
        const totalCents = parts.reduce((sum, [cents]) => sum + cents, 0);
        const transfers = parts.map(([cents, own], i) => ({ id: String(i + 1), amount: formatEuro(cents), org: own ? ORG : OTHER }));
        const record = await one(receiptXml({ paymentAmount: formatEuro(totalCents) }, transfers));
        if (record.kind !== 'receipt') throw new Error(JSON.stringify(record));
        const own = record.content.transfers.reduce((sum, t) => sum + t.amountCents, 0);
        expect([own + record.content.othersCents, record.content.totalCents]).toEqual([totalCents, totalCents]);
      }),
      { numRuns: 100 },
    );
  });

  const sample = resolve(__dirname, '../../../../../shared/fixtures/receipt/RECEIPT_VALID.xml');
  (existsSync(sample) ? it : it.skip)(
    `reads the public sample of a receipt${existsSync(sample) ? '' : ' (SKIPPED: the shared fixtures are not here)'}`,
    async () => {
      const record = await one(readFileSync(sample, 'utf8'), toOrg('77777777777'));
      expect(record).toMatchObject({
        kind: 'receipt',
        content: { totalCents: 3000, othersCents: 1000, paidOn: '2021-10-01', transfers: [{ index: 1, amountCents: 2000 }] },
      });
    },
  );
});
