import { credit, flowXml, journalXml, receiptXml, receiptsXml } from '../support/documents';
import type { Office } from '../support/office';
import { useQuadra } from '../support/office';

const IUV = '01000000000000017';
const IUR = 'IUR-1';
const IUF = '2026-11-24BPPIITRRXXX-S000000001';

/** Paid on Monday 23 November 2026 at 10:00: the money is due on Tuesday 24, the flow on Wednesday 25. */
const receipt = ({ org }: Office) => receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000 });
const flow = ({ org }: Office) => flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: IUR, cents: 10_000 }] });
/** A flow of other payments: it shows that flows of its day come in. */
const otherFlow = ({ org }: Office, dateTime: string) =>
  flowXml({
    org,
    iuf: `${dateTime.slice(0, 10)}BPPIITRRXXX-OTHER`,
    dateTime,
    lines: [{ iuv: '09', iur: 'IUR-9', cents: 100, outcome: '9' }],
  });
const emptyJournal = ({ org }: Office, day: string) => journalXml({ org, day, rows: [credit('1', 100)] });

describe('terms before alarms', () => {
  const quadra = useQuadra();

  it('row 3: on the day after the payment a receipt alone is in terms, since its flow is due on D+2', async () => {
    const office = await quadra.office();
    await office.receives(receipt(office));
    quadra.today('2026-11-24');
    const labels = ['RT_NO_IUF'];
    expect(await office.transfer(IUV)).toMatchObject({ state: 'paid', lane: 'inTerms', dueOn: '2026-11-25', discrepancies: [], labels });
    quadra.today('2026-11-25');
    expect(await office.transfer(IUV)).toMatchObject({ state: 'paid', lane: 'inTerms', discrepancies: [] });
  });

  it('row 4: on D+3 its flow is late, where flows of the due day were received, and not verifiable where none was', async () => {
    const office = await quadra.office();
    await office.receives(receipt(office));
    quadra.today('2026-11-26');
    expect(await office.transfer(IUV)).toMatchObject({ state: 'paid', lane: 'notVerifiable', discrepancies: [] });
    await office.receives(otherFlow(office, '2026-11-26T01:00:00'));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'paid', lane: 'late', discrepancies: ['FLOW_LATE'], labels: ['RT_NO_IUF'] });
  });

  it('row 5: reported and not credited on D+1 it is late on the day after, when the journal of D+1 shows no money', async () => {
    const office = await quadra.office();
    await office.receives(receipt(office), flow(office));
    const expected = { state: 'reported', dueOn: '2026-11-24', labels: ['RT_IUF', 'IUF_NO_TES'] };
    quadra.today('2026-11-24');
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, lane: 'inTerms', discrepancies: [] });
    quadra.today('2026-11-25');
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, lane: 'notVerifiable', discrepancies: [] });
    await office.receives(emptyJournal(office, '2026-11-24'));
    expect(await office.transfer(IUV)).toMatchObject({ ...expected, lane: 'late', discrepancies: ['CREDIT_LATE'] });
    expect(await office.flow(IUF)).toMatchObject({ state: 'unfunded', residualCents: 10_000 });
  });

  it('row 33: a payment of Friday at 14:00 belongs to Monday: its money is due on Tuesday, its flow on Wednesday', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(receiptXml({ org, iuv: IUV, receiptId: IUR, cents: 10_000, paidAt: '2026-11-20T14:00:00' }));
    await office.receives(otherFlow(office, '2026-11-24T01:00:00'));
    const [item] = await office.list({ text: IUV });
    expect(item).toMatchObject({ paidOn: '2026-11-20', creditDueOn: '2026-11-24', flowDueOn: '2026-11-25' });
    for (const day of ['2026-11-21', '2026-11-22', '2026-11-23', '2026-11-25']) {
      quadra.today(day);
      expect(await office.transfer(IUV)).toMatchObject({ state: 'paid', lane: 'inTerms', discrepancies: [] });
    }
  });

  it('the worked dates of cut-off, week-end, holidays of bank and country, and year’s end hold', async () => {
    const office = await quadra.office();
    const { org } = office;
    const dates = [
      ['2026-11-20T12:59:59', '2026-11-23', '2026-11-24'],
      ['2026-11-20T14:00:00', '2026-11-24', '2026-11-25'],
      ['2026-12-04T10:00:00', '2026-12-07', '2026-12-09'],
      ['2026-06-01T10:00:00', '2026-06-03', '2026-06-04'],
      ['2026-04-02T15:00:00', '2026-04-08', '2026-04-09'],
      ['2027-10-01T10:00:00', '2027-10-05', '2027-10-06'],
      ['2026-12-30T16:00:00', '2027-01-04', '2027-01-05'],
    ] as const;
    await office.receives(...dates.map(([paidAt], i) => receiptXml({ org, iuv: `7${i}`, receiptId: `IUR-7${i}`, cents: 100, paidAt })));
    const items = await office.list();
    expect(items.map((t) => [t.iuv, t.creditDueOn, t.flowDueOn])).toEqual(dates.map(([, money, flow], i) => [`7${i}`, money, flow]));
  });
});

/** One Monday morning of a body: 431 transfers within their terms, 12 that the bank owes since Friday, 5 that are wrong. */
describe('the work list of Monday 23 November 2026', () => {
  const quadra = useQuadra();
  let informed: Office;
  let blind: Office;
  const WITHIN = 5_501_050;

  const monday = ({ org }: Office): string[] => {
    const within = Array.from({ length: 431 }, (_, i) => ({
      iuv: `1${i}`,
      iur: `IUR-1${i}`,
      cents: i === 0 ? WITHIN - 430 * 12_763 : 12_763,
    }));
    const late = Array.from({ length: 12 }, (_, i) => ({ iuv: `2${i}`, iur: `IUR-2${i}`, cents: 15_000, on: '2026-11-19' }));
    const wrong = Array.from({ length: 5 }, (_, i) => ({ iuv: `3${i}`, iur: `IUR-3${i}`, cents: 10_000, on: '2026-11-20' }));
    const receipts = [
      ...within.map((p) => ({ org, iuv: p.iuv, receiptId: p.iur, cents: p.cents, paidAt: '2026-11-20T10:00:00' })),
      ...late.map((p) => ({ org, iuv: p.iuv, receiptId: p.iur, cents: p.cents, paidAt: '2026-11-19T10:00:00' })),
      ...wrong.map((p) => ({ org, iuv: p.iuv, receiptId: p.iur, cents: p.cents + 1, paidAt: '2026-11-20T10:00:00' })),
    ];
    return [
      receiptsXml(receipts),
      flowXml({ org, iuf: '2026-11-20BPPIITRRXXX-LATE', dateTime: '2026-11-20T01:00:00', regulationOn: '2026-11-20', lines: late }),
      flowXml({ org, iuf: '2026-11-21BPPIITRRXXX-WRONG', dateTime: '2026-11-21T01:00:00', regulationOn: '2026-11-23', lines: wrong }),
    ];
  };

  const count = async (office: Office): Promise<Record<string, readonly [number, number]>> => {
    const lanes = ['inTerms', 'late', 'wrong', 'notVerifiable', 'ok'];
    const totals = await Promise.all(
      lanes.map(async (lane) => {
        const items = await office.list({ lane });
        return [lane, [items.length, items.reduce((sum, t) => sum + t.amountCents, 0)]] as const;
      }),
    );
    return Object.fromEntries(totals);
  };

  beforeEach(() => quadra.today('2026-11-23'));
  beforeAll(async () => {
    [informed, blind] = [await quadra.office(), await quadra.office()];
    await informed.receives(...monday(informed), journalXml({ org: informed.org, day: '2026-11-20', rows: [credit('1', 100)] }));
    await blind.receives(...monday(blind), journalXml({ org: blind.org, day: '2026-11-19', rows: [credit('1', 100)] }));
  });

  it('with the journal of Friday it shows 12 late and 5 wrong, and keeps 431 that are in terms out of the way', async () => {
    expect(await count(informed)).toEqual({
      inTerms: [431, WITHIN],
      late: [12, 180_000],
      wrong: [5, 50_005],
      notVerifiable: [0, 0],
      ok: [0, 0],
    });
    expect(await informed.list({ discrepancy: 'CREDIT_LATE' })).toHaveLength(12);
  });

  it('without the journal of Friday nobody is called late: the 12 are not verifiable', async () => {
    expect(await count(blind)).toEqual({
      inTerms: [431, WITHIN],
      late: [0, 0],
      wrong: [5, 50_005],
      notVerifiable: [12, 180_000],
      ok: [0, 0],
    });
    expect(await blind.list({ discrepancy: 'CREDIT_LATE' })).toEqual([]);
  });

  it('the journal that comes later turns the 12 into late ones', async () => {
    await blind.receives(journalXml({ org: blind.org, day: '2026-11-20', rows: [credit('2', 100)] }));
    expect(await count(blind)).toEqual(await count(informed));
  });
});
