import { aReceipt, day, eur } from '../../../../test/support/facts';
import type { PaymentLife, RecordedReport } from './life';
import { UNBORN, evolvePayment, storedLife } from './life';

const line = {
  ...{ iuf: 'F1', version: 'v1', lineIur: 'R|1', lineIndex: 1, ordinal: 0, amountCents: eur(100), outcome: '0' },
  ...{ paidOn: day('2026-03-01'), psp: 'PSP1', regulationOn: day('2026-03-02') },
};
const credit = { iuf: 'F1', creditedOn: day('2026-03-04'), flowCents: eur(100), allocatedCents: eur(100), credits: ['C1'] };
const found = [{ code: 'RECEIPT_MISSING' as const }];

describe('the life of a payment that was kept beside a checkpoint', () => {
  const life: PaymentLife = (
    [
      { type: 'ReceiptReceived', data: aReceipt('R|1', 100) },
      { type: 'TransferReported', data: { ...line, iur: 'R|1', index: 1, pairedBy: 'iur', ruleSet: 'r' } },
      { type: 'TransferCredited', data: { ...credit, iur: 'R|1', index: 1, ruleSet: 'r' } },
      { type: 'DiscrepanciesChanged', data: { iur: 'R|1', index: 1, discrepancies: found, ruleSet: 'r' } },
    ] as const
  ).reduce(evolvePayment, UNBORN);

  it('is read as it was written', () => expect(storedLife(JSON.parse(JSON.stringify(life)) as PaymentLife)).toEqual(life));

  it('is read in the form of earlier builds, which kept records by key', () => {
    const report: RecordedReport = { ...line, iur: 'R|1', index: 1, pairedBy: 'iur', withdrawn: false };
    const earlier = {
      ...{ revision: 3, receipts: life.receipts, notices: [] },
      ...{ reports: { 'F1|R|1|1|0': report }, credited: { '1|R|1': credit }, discrepancies: { '1|R|1': found } },
    };
    expect(storedLife(earlier)).toEqual(life);
    expect(storedLife({ revision: -1, receipts: [], notices: [], reports: {}, credited: {}, discrepancies: {} })).toEqual(UNBORN);
  });
});
