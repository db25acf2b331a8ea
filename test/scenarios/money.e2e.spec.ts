import { creditStream } from '@quadra/domain';
import { credit, flowXml, journalXml, receiptXml } from '../support/documents';
import type { Office } from '../support/office';
import { useQuadra } from '../support/office';

const IUV = '01000000000000017';
const IUR = 'IUR-1';
const IUF = '2026-11-24BPPIITRRXXX-S000000001';
const OTHER = '2026-11-24BPPIITRRXXX-S000000002';

const receipt = ({ org }: Office, iuv = IUV, iur = IUR, cents = 10_000) => receiptXml({ org, iuv, receiptId: iur, cents });
const flow = ({ org }: Office, iuf = IUF, iuv = IUV, iur = IUR, cents = 10_000) => flowXml({ org, iuf, lines: [{ iuv, iur, cents }] });
const journal = ({ org }: Office, day: string, ...rows: ReturnType<typeof credit>[]) => journalXml({ org, day, rows });

/** What the engine says of money today where more is to come: nothing is invented in the meantime. */
const LATER = [
  {
    row: 6,
    today: 'the credit stays open, with the label of an unknown id',
    toCome: 'a lane of its own for the credit: in terms until the flow is due',
  },
  { row: 7, today: 'the credit still stays open, and its flow explains it when it comes', toCome: 'the complaint to the PSP' },
  {
    row: 13,
    today: 'the flow that is named gets its 60.00, and 40.00 are left and shown as too much',
    toCome: 'the suggestion A + B = 100.00',
  },
  { row: 14, today: 'the credit stays open, the flow unfunded', toCome: 'the suggestion by amount, date and PSP' },
  { row: 15, today: 'the credit stays open, with the label of a text without an id', toCome: 'set aside as not pagoPA, with a reason' },
  {
    row: 16,
    today: 'the credit stays open, the payment is paid and waits for its flow',
    toCome: 'a single credit pays the receipt of its IUV',
  },
  { row: 17, today: 'the credit stays open, the flow unfunded', toCome: 'the row settled singly, 400.00 left to the flow' },
] as const;

const later = (row: number, given: string): string => {
  const { today, toCome } = LATER.find((entry) => entry.row === row)!;
  return `row ${row}: ${given}: ${today} (to come: ${toCome})`;
};

describe('money and the flows that it pays', () => {
  const quadra = useQuadra();

  it('row 10: a credit of 99.50 for a flow of 100.00 leaves 0.50 open, and nobody guesses which payment is short', async () => {
    const office = await quadra.office();
    await office.receives(receipt(office), flow(office), journal(office, '2026-11-24', credit('4411', 9_950, { iuf: IUF })));
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'reported', discrepancies: ['FLOW_PARTLY_CREDITED'], labels: ['RT_IUF', 'IUF_TES_DIV_IMP'] },
      discrepancyDetails: [{ code: 'FLOW_PARTLY_CREDITED', expectedCents: 10_000, foundCents: 9_950 }],
    });
    expect(await office.flow(IUF)).toMatchObject({
      ...{ state: 'partlyFunded', discrepancies: ['CREDIT_SHORT', 'FLOW_PARTLY_CREDITED'] },
      ...{ totalCents: 10_000, allocatedCents: 9_950, residualCents: 50 },
    });
    expect(await office.credit('4411')).toMatchObject({
      state: 'explained',
      residualCents: 0,
      allocations: [{ iuf: IUF, amountCents: 9_950 }],
    });
  });

  it('row 11: two credits of 60.00 and 40.00 pay one flow of 100.00', async () => {
    const office = await quadra.office();
    const rows = [credit('4411', 6_000, { iuf: IUF }), credit('4412', 4_000, { iuf: IUF })];
    await office.receives(receipt(office), flow(office), journal(office, '2026-11-24', ...rows));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', discrepancies: [], labels: ['RT_IUF_TES', 'RT_IUF'] });
    expect(await office.flow(IUF)).toMatchObject({
      ...{ state: 'funded', discrepancies: [], residualCents: 0 },
      credits: ['03069.2026.sospeso.4411', '03069.2026.sospeso.4412'],
    });
    expect(await office.credit('4411')).toMatchObject({ state: 'explained', allocations: [{ iuf: IUF, amountCents: 6_000 }] });
    expect(await office.credit('4412')).toMatchObject({ state: 'explained', allocations: [{ iuf: IUF, amountCents: 4_000 }] });
  });

  it('row 12: an ordinary credit of 60.00 pays in part, the integrative one of the next day makes it whole', async () => {
    const office = await quadra.office();
    await office.receives(receipt(office), flow(office), journal(office, '2026-11-24', credit('4411', 6_000, { iuf: IUF, txt: 0 })));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'reported', discrepancies: ['FLOW_PARTLY_CREDITED'] });
    expect(await office.flow(IUF)).toMatchObject({ state: 'partlyFunded', residualCents: 4_000 });
    await office.receives(journal(office, '2026-11-25', credit('4415', 4_000, { iuf: IUF, txt: 1 })));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', discrepancies: [], creditedOn: '2026-11-25' });
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', residualCents: 0 });
    expect(await office.credit('4415')).toMatchObject({ candidates: [{ iuf: IUF, tier: 'exact', progressive: 1 }] });
  });

  it('one flow of four payments paid by two transfers on two days is never blamed on any of the four', async () => {
    const office = await quadra.office();
    const lines = [1, 2, 3, 4].map((n) => ({ iuv: `9${n}`, iur: `IUR-9${n}`, cents: n * 1_000 }));
    await office.receives(
      ...lines.map((l) => receipt(office, l.iuv, l.iur, l.cents)),
      flowXml({ org: office.org, iuf: IUF, lines }),
      journal(office, '2026-11-24', credit('4411', 6_000, { iuf: IUF, txt: 0 })),
    );
    expect(await office.flow(IUF)).toMatchObject({ state: 'partlyFunded', residualCents: 4_000 });
    expect((await office.list()).map((t) => [t.state, t.discrepancies])).toEqual(Array(4).fill(['reported', ['FLOW_PARTLY_CREDITED']]));
    await office.receives(journal(office, '2026-11-25', credit('4415', 4_000, { iuf: IUF, txt: 1 })));
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', residualCents: 0 });
    const items = await office.list();
    expect(items.map((t) => [t.state, t.discrepancies])).toEqual(Array(4).fill(['credited', []]));
    expect(items.flatMap((t) => t.labels)).not.toContain('IUF_TES_DIV_IMP');
    expect((await office.credits()).flatMap((c) => c.allocations.map((a) => a.amountCents))).toEqual([6_000, 4_000]);
  });

  it('one credit that names two flows pays both', async () => {
    const office = await quadra.office();
    const text = `/PUR/LGPE-RIVERSAMENTO/URI/${IUF} /PUR/LGPE-RIVERSAMENTO/URI/${OTHER}`;
    await office.receives(
      flow(office, IUF, IUV, IUR, 6_000),
      flow(office, OTHER, '02', 'IUR-2', 4_000),
      journal(office, '2026-11-24', credit('4411', 10_000, { text })),
    );
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', residualCents: 0, discrepancies: [] });
    expect(await office.flow(OTHER)).toMatchObject({ state: 'funded', residualCents: 0, discrepancies: [] });
    expect(await office.credit('4411')).toMatchObject({
      ...{ state: 'explained', residualCents: 0 },
      allocations: [
        { iuf: IUF, amountCents: 6_000 },
        { iuf: OTHER, amountCents: 4_000 },
      ],
    });
  });

  it('row 32: a credit with a flow id and an IUV in its text pays the flow, and keeps the IUV', async () => {
    const office = await quadra.office();
    const text = `/PUR/LGPE-RIVERSAMENTO/URI/${IUF} /RFB/${IUV}/100.00`;
    await office.receives(receipt(office), flow(office), journal(office, '2026-11-24', credit('4411', 10_000, { text })));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', discrepancies: [], labels: ['RT_IUF_TES', 'RT_IUF'] });
    expect(await office.credit('4411')).toMatchObject({ state: 'explained', allocations: [{ iuf: IUF, amountCents: 10_000 }] });
    const [booked] = await quadra.standalone.store.read(creditStream(office.org, '03069.2026.sospeso.4411'));
    expect(booked!.data).toMatchObject({ candidates: [{ iuf: IUF }], iuvs: [IUV] });
  });

  it(later(6, 'a credit of 100.00 that names a flow which is not here, on D+1'), async () => {
    const office = await quadra.office();
    await office.receives(journal(office, '2026-11-24', credit('4411', 10_000, { iuf: IUF })));
    quadra.today('2026-11-25');
    const expected = { state: 'open', labels: ['TES_NO_IUF_OR_IUV'], residualCents: 10_000, allocations: [] };
    expect(await office.credit('4411')).toMatchObject({ ...expected, candidates: [{ iuf: IUF }] });
    expect(await office.flow(IUF)).toBeUndefined();
    expect(await office.list()).toEqual([]);
  });

  it(later(7, 'the same credit on D+3'), async () => {
    const office = await quadra.office();
    await office.receives(journal(office, '2026-11-24', credit('4411', 10_000, { iuf: IUF })));
    quadra.today('2026-11-27');
    expect(await office.credit('4411')).toMatchObject({ state: 'open', labels: ['TES_NO_IUF_OR_IUV'], residualCents: 10_000 });
    await office.receives(flow(office));
    expect(await office.credit('4411')).toMatchObject({ state: 'explained', labels: [], residualCents: 0 });
  });

  it(later(13, 'flow A of 60.00, flow B of 40.00, and one credit of 100.00 that names only A'), async () => {
    const office = await quadra.office();
    await office.receives(
      ...[receipt(office, IUV, IUR, 6_000), receipt(office, '02', 'IUR-2', 4_000)],
      ...[flow(office, IUF, IUV, IUR, 6_000), flow(office, OTHER, '02', 'IUR-2', 4_000)],
      journal(office, '2026-11-24', credit('4411', 10_000, { iuf: IUF })),
    );
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'credited', lane: 'wrong', discrepancies: ['CREDIT_OVER'], labels: ['RT_IUF', 'IUF_TES_DIV_IMP'] },
      discrepancyDetails: [{ code: 'CREDIT_OVER', expectedCents: 6_000, foundCents: 10_000 }],
    });
    expect(await office.transfer('02')).toMatchObject({ state: 'reported', discrepancies: [], labels: ['RT_IUF', 'IUF_NO_TES'] });
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', discrepancies: ['CREDIT_OVER'], surplusCents: 4_000 });
    expect(await office.flow(OTHER)).toMatchObject({ state: 'unfunded', residualCents: 4_000, discrepancies: [] });
    expect(await office.credit('4411')).toMatchObject({ state: 'partial', residualCents: 4_000 });
  });

  it(later(14, 'a credit whose text was cut to /URI/2'), async () => {
    const office = await quadra.office();
    const row = credit('4411', 10_000, { text: '/PUR/LGPE-RIVERSAMENTO/URI/2' });
    await office.receives(receipt(office), flow(office), journal(office, '2026-11-24', row));
    expect(await office.credit('4411')).toMatchObject({ state: 'open', labels: ['TES_NO_MATCH'], residualCents: 10_000, candidates: [] });
    expect(await office.flow(IUF)).toMatchObject({ state: 'unfunded', residualCents: 10_000 });
    expect(await office.transfer(IUV)).toMatchObject({ state: 'reported', labels: ['RT_IUF', 'IUF_NO_TES'] });
  });

  it(later(15, 'a credit “BONIFICO ROSSI TARI”'), async () => {
    const office = await quadra.office();
    await office.receives(journal(office, '2026-11-24', credit('4411', 10_000, { text: 'BONIFICO ROSSI TARI' })));
    expect(await office.credit('4411')).toMatchObject({ state: 'open', labels: ['TES_NO_MATCH'], residualCents: 10_000, candidates: [] });
  });

  it(later(16, 'a credit of 100.00 by IUV, the receipt of 100.00, and no flow'), async () => {
    const office = await quadra.office();
    await office.receives(receipt(office), journal(office, '2026-11-24', credit('4411', 10_000, { text: `/RFB/${IUV}/100.00` })));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'paid', discrepancies: [], labels: ['RT_NO_IUF'] });
    expect(await office.credit('4411')).toMatchObject({ state: 'open', residualCents: 10_000, allocations: [] });
  });

  it(later(17, 'a credit of 100.00 by IUV for a line in a flow of 500.00'), async () => {
    const office = await quadra.office();
    const lines = [
      { iuv: IUV, iur: IUR, cents: 10_000 },
      { iuv: '02', iur: 'IUR-2', cents: 40_000 },
    ];
    await office.receives(
      receipt(office),
      flowXml({ org: office.org, iuf: IUF, lines }),
      journal(office, '2026-11-24', credit('4411', 10_000, { text: `/RFB/${IUV}/100.00` })),
    );
    expect(await office.transfer(IUV)).toMatchObject({ state: 'reported', discrepancies: [], labels: ['RT_IUF', 'IUF_NO_TES'] });
    expect(await office.flow(IUF)).toMatchObject({ state: 'unfunded', residualCents: 50_000 });
    expect(await office.credit('4411')).toMatchObject({ state: 'open', residualCents: 10_000 });
  });
});
