import { credit, flowXml, journalXml, noticesCsv, receiptXml } from '../support/documents';
import { useQuadra } from '../support/office';

const IUV = '01000000000000017';
const IUR = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const IUF = '2026-11-24BPPIITRRXXX-S000000001';
const DAY = '2026-11-24';

/** Receipt, line of a flow and credit: what makes a payment reconciled, and what is said when the three do not tie. */
describe('receipt, settlement flow and treasury credit', () => {
  const quadra = useQuadra();

  it('row 1: a payment whose receipt, flow and credit say 100.00 is reconciled', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, cents: 10_000 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'credited', lane: 'ok', discrepancies: [], labels: ['RT_IUF_TES', 'RT_IUF'] },
      ...{ issuer: org, iur: IUR, amountCents: 10_000, reportedCents: 10_000, creditedOn: DAY, credits: ['03069.2026.sospeso.4411'] },
    });
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', discrepancies: [], totalCents: 10_000, residualCents: 0 });
    expect(await office.credit('4411')).toMatchObject({
      ...{ state: 'explained', labels: [], residualCents: 0 },
      allocations: [{ iuf: IUF, amountCents: 10_000, tier: 'exact' }],
    });
  });

  it('row 2: with its notice of 100.00 it is reconciled and notified', async () => {
    const office = await quadra.office({ usesNotifications: true });
    const { org } = office;
    await office.receives(
      noticesCsv([{ iud: 'IUD1', iuv: IUV, cents: 10_000 }]),
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, cents: 10_000 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'credited', lane: 'ok', discrepancies: [], notifiedCents: 10_000, iud: 'IUD1' },
      labels: ['IUD_RT_IUF_TES', 'IUD_RT_IUF', 'RT_IUF_TES', 'RT_IUF'],
    });
  });

  it('a body with notices that got none for a payment is told so, and the payment is reconciled all the same', async () => {
    const office = await quadra.office({ usesNotifications: true });
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, cents: 10_000 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    const labels = ['RT_IUF_TES', 'RT_IUF', 'RT_NO_IUD'];
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', lane: 'ok', discrepancies: ['NOTICE_MISSING'], labels });
  });

  it('row 8: a line and its credit without a receipt explain the cash, and the receipt is to be recovered', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, cents: 10_000 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    quadra.today('2026-11-26');
    const expected = { state: 'credited', issuer: null, discrepancies: ['RECEIPT_MISSING'], labels: ['IUV_NO_RT'] };
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, lane: 'ok' });
    quadra.today('2026-11-27');
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, lane: 'wrong' });
    expect(await office.credit('4411')).toMatchObject({ state: 'explained', residualCents: 0 });
  });

  it('row 9: a receipt of 100.00 that was reported with 90.00 is short by 10.00 on the line', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, cents: 9_000 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 9_000, { iuf: IUF })] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'credited', lane: 'wrong', discrepancies: ['LINE_AMOUNT_DIFFERS'], labels: ['RT_NO_IUF'] },
      ...{ amountCents: 10_000, reportedCents: 9_000 },
      discrepancyDetails: [{ code: 'LINE_AMOUNT_DIFFERS', expectedCents: 10_000, foundCents: 9_000 }],
    });
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', discrepancies: [], residualCents: 0 });
  });

  it('row 27: two bodies with the same flow id never take each other’s money', async () => {
    const [a, b] = [await quadra.office(), await quadra.office()];
    for (const { org, receives } of [a, b].map((o) => ({ org: o.org, receives: o.receives.bind(o) }))) {
      await receives(
        receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 }),
        flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, cents: 10_000 }] }),
      );
    }
    await b.receives(journalXml({ org: b.org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }));
    expect(await a.transfer(IUV)).toMatchObject({ state: 'reported', discrepancies: [], labels: ['RT_IUF', 'IUF_NO_TES'] });
    expect(await a.flow(IUF)).toMatchObject({ state: 'unfunded', residualCents: 10_000 });
    expect(await a.credits()).toEqual([]);
    expect(await b.transfer(IUV)).toMatchObject({ state: 'credited', discrepancies: [] });
  });

  it('row 28: a flow whose header declares 100.00 and whose lines make 99.99 is shown with a cent of difference', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 9_999 }),
      flowXml({ org, iuf: IUF, total: 10_000, lines: [{ iuv: IUV, iur: IUR, cents: 9_999 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'credited', lane: 'wrong', discrepancies: ['FLOW_TOTAL_DIFFERS'], labels: ['RT_IUF_TES', 'RT_IUF'] },
      discrepancyDetails: [{ code: 'FLOW_TOTAL_DIFFERS', expectedCents: 10_000, foundCents: 9_999 }],
    });
    const totals = { totalCents: 10_000, linesCents: 9_999, residualCents: 0 };
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', discrepancies: ['FLOW_TOTAL_DIFFERS'], ...totals });
  });

  it('row 31: a line with another IUR than the receipt is paired by IUV, index and amount, and flagged', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: 'IUR-OF-THE-PSP', cents: 10_000 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ iur: IUR, state: 'credited', lane: 'ok', discrepancies: ['IUR_DIFFERS'], labels: ['RT_IUF_TES', 'RT_IUF'] },
      discrepancyDetails: [{ code: 'IUR_DIFFERS', others: ['IUR-OF-THE-PSP'] }],
    });
  });

  it('row 34: the second beneficiary of a notice is paid by its own transfer, index 2', async () => {
    const office = await quadra.office();
    const [org, issuer] = [office.org, '80012345678'];
    const shares = [
      { index: 1, cents: 7_000, org: issuer },
      { index: 2, cents: 3_000, org },
    ];
    await office.receives(
      receiptXml({ org, issuer, iuv: IUV, receiptId: IUR, shares }),
      flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, index: 2, cents: 3_000 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 3_000, { iuf: IUF })] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ transferIndex: 2, issuer, state: 'credited', discrepancies: [], amountCents: 3_000, labels: ['RT_IUF_TES', 'RT_IUF'] },
      receipt: { totalCents: 10_000, othersCents: 7_000 },
    });
  });

  it('row 35: a flow id in lower case is the one that the bank wrote in capitals', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 }),
      flowXml({ org, iuf: IUF.toLowerCase(), lines: [{ iuv: IUV, iur: IUR, cents: 10_000 }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', discrepancies: [], labels: ['RT_IUF_TES', 'RT_IUF'] });
    expect(await office.flow(IUF)).toMatchObject({ iuf: IUF.toLowerCase(), state: 'funded', residualCents: 0 });
  });

  it('row 36: a notice of 90.00 beside a receipt of 100.00 differs by 10.00, and the payment is in terms', async () => {
    quadra.today(DAY);
    const office = await quadra.office({ usesNotifications: true });
    const { org } = office;
    await office.receives(
      noticesCsv([{ iud: 'IUD1', iuv: IUV, cents: 9_000 }]),
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 }),
    );
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'paid', lane: 'inTerms', discrepancies: ['NOTICE_AMOUNT_DIFFERS'], labels: ['RT_NO_IUF', 'IUD_NO_RT'] },
      discrepancyDetails: [{ code: 'NOTICE_AMOUNT_DIFFERS', expectedCents: 10_000, foundCents: 9_000 }],
    });
  });

  it('row 37: a notice alone is a due that was notified and not paid through pagoPA', async () => {
    const office = await quadra.office({ usesNotifications: true });
    await office.receives(noticesCsv([{ iud: 'IUD1', iuv: IUV, cents: 9_000 }]));
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'notified', lane: 'ok', discrepancies: [], labels: ['IUD_NO_RT'], issuer: null, iur: null, amountCents: 9_000 },
    });
  });

  it('row 38: of a funded flow the line with a receipt is reconciled, the other is explained cash without a receipt', async () => {
    const office = await quadra.office();
    const { org } = office;
    const [other, otherIur] = ['01000000000000025', 'IUR-2'];
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 6_000 }),
      flowXml({
        ...{ org, iuf: IUF },
        lines: [
          { iuv: IUV, iur: IUR, cents: 6_000 },
          { iuv: other, iur: otherIur, cents: 4_000 },
        ],
      }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', discrepancies: [], labels: ['RT_IUF_TES', 'RT_IUF'] });
    expect(await office.transfer(other)).toMatchObject({ state: 'credited', discrepancies: ['RECEIPT_MISSING'], labels: ['IUV_NO_RT'] });
    expect(await office.credit('4411')).toMatchObject({ state: 'explained', residualCents: 0 });
  });

  it('row 39: a receipt of last year is reconciled with the flow and the credit of today', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000, paidAt: '2025-06-10T10:00:00' }));
    await office.receives(
      flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, cents: 10_000, on: '2025-06-10' }] }),
      journalXml({ org, day: DAY, rows: [credit('4411', 10_000, { iuf: IUF })] }),
    );
    const expected = { state: 'credited', lane: 'ok', discrepancies: [], paidOn: '2025-06-10', creditedOn: DAY };
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, labels: ['RT_IUF_TES', 'RT_IUF'] });
  });
});
