import { AmbiguousIssuer } from '@quadra/read-models';
import { credit, flowXml, journalXml, receiptXml } from '../support/documents';
import type { Office } from '../support/office';
import { useQuadra } from '../support/office';

const IUV = '01000000000000017';
const IUF = '2026-11-24BPPIITRRXXX-S000000001';
const DAY = '2026-11-24';

const line = (iur: string, outcome = '0', cents = 10_000) => ({ iuv: IUV, iur, cents, outcome });
const paid = ({ org }: Office, iuf: string, cents: number) => journalXml({ org, day: DAY, rows: [credit('4411', cents, { iuf })] });

describe('duplicates, outcomes and receipts that come late', () => {
  const quadra = useQuadra();

  it('row 18: a notice that was paid twice is a duplicate on both sides, to be refunded', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }),
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-B', cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [line('IUR-A'), line('IUR-B')] }),
      paid(office, IUF, 20_000),
    );
    const labels = ['RT_IUF_TES', 'RT_IUF', 'DOPPI'];
    const expected = { state: 'credited', lane: 'wrong', discrepancies: ['DUPLICATE_PAYMENT'], labels };
    expect(await office.transfers(IUV)).toMatchObject([
      { ...expected, iur: 'IUR-A', discrepancyDetails: [{ others: ['IUR-B'] }] },
      { ...expected, iur: 'IUR-B', discrepancyDetails: [{ others: ['IUR-A'] }] },
    ]);
  });

  it('row 19: lines with outcome 0 and outcome 9 under one IUV and two IURs are a duplicate', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [line('IUR-A'), line('IUR-B', '9')] }),
    );
    expect(await office.transfers(IUV)).toMatchObject([
      { iur: 'IUR-A', state: 'reported', discrepancies: ['DUPLICATE_PAYMENT'], labels: ['RT_IUF', 'IUF_NO_TES', 'DOPPI'] },
      {
        iur: 'IUR-B',
        state: 'provisional',
        discrepancies: ['DUPLICATE_PAYMENT', 'RECEIPT_MISSING'],
        labels: ['IUV_NO_RT', 'IUF_NO_TES', 'DOPPI'],
      },
    ]);
  });

  it('row 19, with one IUR: it is one payment that was reported twice, not a second payment', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [line('IUR-A')] }),
      flowXml({ org, iuf: '2026-11-25BPPIITRRXXX-S000000002', dateTime: '2026-11-25T01:00:00', lines: [line('IUR-A', '9')] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({ state: 'reported', lane: 'wrong', discrepancies: ['REPORTED_TWICE'] });
  });

  it('row 20: a line with outcome 9 and no receipt waits for its receipt: for seven working days it is no anomaly', async () => {
    const office = await quadra.office();
    await office.receives(flowXml({ org: office.org, iuf: IUF, lines: [line('IUR-A', '9')] }));
    const expected = {
      state: 'provisional',
      issuer: null,
      discrepancies: ['RECEIPT_MISSING'],
      labels: ['IUV_NO_RT', 'IUF_NO_TES'],
      outcome: '9',
    };
    quadra.today(DAY);
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, lane: 'inTerms' });
    quadra.today('2026-12-03');
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, lane: 'notVerifiable' });
    quadra.today('2026-12-04');
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, lane: 'wrong' });
  });

  it('row 21: a line with outcome 8 is confirmed by the receipt that comes five days later', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(flowXml({ org, iuf: IUF, lines: [line('IUR-A', '8')] }));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'provisional', discrepancies: ['RECEIPT_MISSING'] });
    quadra.today('2026-11-28');
    await office.receives(receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }));
    expect(await office.transfer(IUV)).toMatchObject({
      state: 'reported',
      issuer: org,
      discrepancies: [],
      labels: ['RT_IUF', 'IUF_NO_TES'],
    });
    await office.receives(paid(office, IUF, 10_000));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', lane: 'ok', discrepancies: [] });
  });

  it.each([
    ['with a minus, as SACI says', -10_000],
    ['without, as the schema says', 10_000],
  ])('row 22: a line with outcome 3 written %s nets its flow and reopens the payment that was credited', async (_, cents) => {
    const office = await quadra.office();
    const { org } = office;
    const second = '2026-11-25BPPIITRRXXX-S000000002';
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }),
      receiptXml({ org, iuv: '02', receiptId: 'IUR-2', cents: 15_000 }),
      flowXml({ org, iuf: IUF, lines: [line('IUR-A')] }),
      paid(office, IUF, 10_000),
    );
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', discrepancies: [] });
    await office.receives(
      flowXml({
        org,
        iuf: second,
        dateTime: '2026-11-25T01:00:00',
        total: 5_000,
        lines: [line('IUR-A', '3', cents), { iuv: '02', iur: 'IUR-2', cents: 15_000 }],
      }),
      journalXml({ org, day: '2026-11-25', rows: [credit('4412', 5_000, { iuf: second })] }),
    );
    expect(await office.flow(second)).toMatchObject({ state: 'funded', discrepancies: [], totalCents: 5_000, residualCents: 0 });
    expect(await office.transfer('02')).toMatchObject({ state: 'credited', discrepancies: [] });
    expect(await office.transfer(IUV)).toMatchObject({ state: 'revoked', lane: 'ok', discrepancies: [], labels: ['RT_NO_IUF'] });
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', residualCents: 0 });
    expect(await office.life(IUV)).toEqual(expect.arrayContaining(['TransferCredited', 'TransferCreditWithdrawn']));
  });

  it('row 29: a flow before its receipt is in terms, and the receipt two days later completes it', async () => {
    const office = await quadra.office();
    const { org } = office;
    quadra.today(DAY);
    await office.receives(flowXml({ org, iuf: IUF, lines: [line('IUR-A')] }));
    const before = { state: 'reported', lane: 'inTerms', discrepancies: ['RECEIPT_MISSING'], labels: ['IUV_NO_RT', 'IUF_NO_TES'] };
    expect(await office.transfer(IUV)).toMatchObject(before);
    quadra.today('2026-11-26');
    await office.receives(receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }), paid(office, IUF, 10_000));
    expect(await office.transfer(IUV)).toMatchObject({
      state: 'credited',
      lane: 'ok',
      discrepancies: [],
      labels: ['RT_IUF_TES', 'RT_IUF'],
    });
  });

  it('row 30: a revenue stamp inside a receipt is excluded, and the fee beside it is reconciled', async () => {
    const office = await quadra.office();
    const { org } = office;
    const shares = [
      { index: 1, cents: 5_000 },
      { index: 2, cents: 1_600, stampDuty: true },
    ];
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', shares }),
      flowXml({ org, iuf: IUF, lines: [line('IUR-A', '0', 5_000)] }),
      paid(office, IUF, 5_000),
    );
    expect(await office.transfers(IUV)).toMatchObject([
      { transferIndex: 1, state: 'credited', lane: 'ok', discrepancies: [], labels: ['RT_IUF_TES', 'RT_IUF'] },
      { transferIndex: 2, state: 'excluded', lane: 'ok', discrepancies: [], excludedBecause: 'STAMP_DUTY', amountCents: 1_600 },
    ]);
  });

  it('a receipt with outcome KO is excluded: its money never comes', async () => {
    const office = await quadra.office();
    await office.receives(receiptXml({ org: office.org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000, outcome: 'KO' }));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'excluded', lane: 'ok', discrepancies: [], excludedBecause: 'RECEIPT_KO' });
  });

  it('an outcome that nobody knows yet is kept and flagged, and the money counts', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [line('IUR-A', '7')] }),
      paid(office, IUF, 10_000),
    );
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', outcome: '7', discrepancies: ['UNKNOWN_OUTCOME'] });
  });
});

describe('a Provincia that gets its share of two Comuni which use the same IUV', () => {
  const quadra = useQuadra();
  const [A, B] = ['80011111111', '80022222222'];
  const SHARED = '47000000000123448';
  const lines = (outcome = '0') => [
    { iuv: SHARED, iur: 'IUR-A', index: 2, cents: 500 },
    { iuv: SHARED, iur: 'IUR-B', index: 2, cents: 750, outcome },
  ];
  const share = ({ org }: Office, issuer: string, receiptId: string, cents: number) => {
    const shares = [
      { index: 1, cents: 10_000, org: issuer },
      { index: 2, cents, org },
    ];
    return receiptXml({ org, issuer, iuv: SHARED, receiptId, shares });
  };

  it('has two payments of two issuers, no duplicate, and the credit of 12.50 explained', async () => {
    const office = await quadra.office();
    await office.receives(
      share(office, A, 'IUR-A', 500),
      share(office, B, 'IUR-B', 750),
      flowXml({ org: office.org, iuf: IUF, lines: lines() }),
      paid(office, IUF, 1_250),
    );
    const expected = { state: 'credited', lane: 'ok', discrepancies: [], transferIndex: 2 };
    expect(await office.transfer(SHARED, { issuer: A })).toMatchObject({ ...expected, issuer: A, iur: 'IUR-A', amountCents: 500 });
    expect(await office.transfer(SHARED, { issuer: B })).toMatchObject({ ...expected, issuer: B, iur: 'IUR-B', amountCents: 750 });
    expect(await office.credit('4411')).toMatchObject({ state: 'explained', residualCents: 0 });
    const report = await quadra.standalone.queries.reconciliationReport(office.org, {
      from: '2026-11-01' as never,
      to: '2026-11-30' as never,
    });
    expect(JSON.stringify(report)).toContain('1250');
  });

  it('is asked for the issuer when the IUV alone does not say which payment is meant', async () => {
    const office = await quadra.office();
    await office.receives(share(office, A, 'IUR-A', 500), share(office, B, 'IUR-B', 750));
    const asked = office.transfers(SHARED);
    await expect(asked).rejects.toThrow(AmbiguousIssuer);
    await expect(asked).rejects.toMatchObject({ issuers: [A, B] });
  });

  it('does not miss the receipt of the second Comune when it gets none of others’ receipts', async () => {
    const office = await quadra.office({ receivesSecondaryReceipts: false });
    await office.receives(share(office, A, 'IUR-A', 500), flowXml({ org: office.org, iuf: IUF, lines: lines('9') }));
    expect(await office.transfers(SHARED)).toMatchObject([
      { iur: 'IUR-A', issuer: A, state: 'reported', discrepancies: [] },
      { iur: 'IUR-B', issuer: null, state: 'provisional', discrepancies: [], amountCents: 750 },
    ]);
  });
});
