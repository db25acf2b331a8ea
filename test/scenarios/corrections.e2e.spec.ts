import { credit, flowXml, journalXml, receiptXml, storno } from '../support/documents';
import type { Office } from '../support/office';
import { useQuadra } from '../support/office';

const IUV = '01000000000000017';
const IUF = '2026-11-24BPPIITRRXXX-S000000001';
const A = { iuv: IUV, iur: 'IUR-A', cents: 10_000 };
const B = { iuv: '02', iur: 'IUR-B', cents: 4_000 };

const receipts = ({ org }: Office, ...lines: (typeof A)[]) =>
  lines.map((l) => receiptXml({ org, iuv: l.iuv, receiptId: l.iur, cents: l.cents }));
const first = ({ org }: Office, ...lines: (typeof A)[]) => flowXml({ org, iuf: IUF, lines });
const second = ({ org }: Office, ...lines: (typeof A)[]) => flowXml({ org, iuf: IUF, revision: 2, dateTime: '2026-11-25T01:00:00', lines });
const journal = ({ org }: Office, day: string, ...rows: ReturnType<typeof credit>[]) => journalXml({ org, day, rows });

describe('revisions of a settlement flow', () => {
  const quadra = useQuadra();

  it('row 23: revision 2 that drops a line before the money came withdraws it, and the payment waits for a flow again', async () => {
    const office = await quadra.office();
    await office.receives(...receipts(office, A, B), first(office, A, B));
    expect(await office.transfer('02')).toMatchObject({ state: 'reported', discrepancies: [] });
    await office.receives(second(office, A));
    expect(await office.transfer('02')).toMatchObject({
      state: 'withdrawn',
      lane: 'inTerms',
      dueOn: '2026-11-25',
      discrepancies: [],
      labels: ['RT_NO_IUF'],
    });
    expect(await office.transfer(IUV)).toMatchObject({ state: 'reported', discrepancies: [] });
    expect(await office.flow(IUF)).toMatchObject({ version: 2, declaredCount: 1, totalCents: 10_000 });
    await office.receives(journal(office, '2026-11-24', credit('4411', 10_000, { iuf: IUF })));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', discrepancies: [] });
    expect(await office.transfer('02')).toMatchObject({ state: 'withdrawn' });
  });

  it('a line that was dropped and is reported again by another flow is a payment like any other', async () => {
    const office = await quadra.office();
    const again = '2026-11-26BPPIITRRXXX-S000000009';
    await office.receives(...receipts(office, A, B), first(office, A, B), second(office, A));
    await office.receives(
      flowXml({ org: office.org, iuf: again, dateTime: '2026-11-26T01:00:00', lines: [B] }),
      journal(office, '2026-11-26', credit('4420', 4_000, { iuf: again })),
    );
    expect(await office.transfer('02')).toMatchObject({
      state: 'credited',
      discrepancies: [],
      labels: ['RT_IUF_TES', 'RT_IUF'],
      flow: { iuf: again },
    });
  });

  it('row 24: revision 2 with the same lines and a new date changes nothing, and both versions are kept', async () => {
    const office = await quadra.office();
    await office.receives(...receipts(office, A), first(office, A), journal(office, '2026-11-24', credit('4411', 10_000, { iuf: IUF })));
    const before = await office.life(IUV);
    await office.receives(second(office, A));
    expect(await office.transfer(IUV)).toMatchObject({
      state: 'credited',
      lane: 'ok',
      discrepancies: [],
      labels: ['RT_IUF_TES', 'RT_IUF'],
    });
    expect(await office.flow(IUF)).toMatchObject({ version: 2, state: 'funded', discrepancies: [], residualCents: 0 });
    expect(await office.life(IUV)).toEqual(before);
    const versions = await quadra.standalone.queries.flowVersions(office.org, IUF);
    const nothing = { removed: [], changed: [] };
    expect(versions).toMatchObject([
      { version: 1, highest: false },
      { version: 2, highest: true, difference: { added: [], ...nothing } },
    ]);
  });

  it('revision 2 that drops a line of 40.00 after the money came leaves the cash where it is, and says so', async () => {
    const office = await quadra.office();
    await office.receives(
      ...receipts(office, A, B),
      first(office, A, B),
      journal(office, '2026-11-24', credit('4411', 14_000, { iuf: IUF })),
    );
    await office.receives(second(office, A));
    expect(await office.transfer('02')).toMatchObject({ state: 'credited', lane: 'wrong', discrepancies: ['REVISION_AFTER_FUNDING'] });
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', lane: 'ok', discrepancies: [] });
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', allocatedCents: 14_000, discrepancies: ['REVISION_AFTER_FUNDING'] });
    expect(await office.credit('4411')).toMatchObject({ state: 'explained', residualCents: 0 });
  });
});

describe('credits that the treasurer takes back', () => {
  const quadra = useQuadra();

  it('row 25: a credit that is reversed reopens the payment; credit and storno stay visible', async () => {
    const office = await quadra.office();
    await office.receives(...receipts(office, A), first(office, A), journal(office, '2026-11-24', credit('4411', 10_000, { iuf: IUF })));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited' });
    await office.receives(journal(office, '2026-11-25', storno('4411', 10_000)));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'reported', discrepancies: [], labels: ['RT_IUF', 'IUF_NO_TES'] });
    expect(await office.flow(IUF)).toMatchObject({ state: 'unfunded', residualCents: 10_000, credits: [] });
    expect(await office.credit('4411')).toMatchObject({
      ...{ state: 'reversed', amountCents: 10_000, reversedCents: 10_000, netCents: 0, residualCents: 0, allocations: [] },
      reversals: [{ on: '2026-11-25', amountCents: 10_000 }],
    });
    expect(await office.life(IUV)).toEqual(['ReceiptReceived', 'TransferReported', 'TransferCredited', 'TransferCreditWithdrawn']);
  });

  it('row 26: re-credited with a new provisional document it is reconciled to that one, and the history tells all', async () => {
    const office = await quadra.office();
    await office.receives(...receipts(office, A), first(office, A), journal(office, '2026-11-24', credit('4411', 10_000, { iuf: IUF })));
    await office.receives(journal(office, '2026-11-25', storno('4411', 10_000)));
    await office.receives(journal(office, '2026-11-26', credit('4498', 10_000, { iuf: IUF })));
    expect(await office.transfer(IUV)).toMatchObject({
      ...{ state: 'credited', lane: 'ok', discrepancies: [], labels: ['RT_IUF_TES', 'RT_IUF'] },
      ...{ credits: ['03069.2026.sospeso.4498'], creditedOn: '2026-11-26' },
    });
    expect(await office.credit('4411')).toMatchObject({ state: 'reversed', netCents: 0 });
    expect(await office.credit('4498')).toMatchObject({ state: 'explained', residualCents: 0 });
    const life = ['ReceiptReceived', 'TransferReported', 'TransferCredited', 'TransferCreditWithdrawn', 'TransferCredited'];
    expect(await office.life(IUV)).toEqual(life);
  });

  it('a storno of 1,000 of a credit of 5,000 reopens its payments, yesterday’s answer stays, and the re-credit closes them', async () => {
    const office = await quadra.office();
    const lines = [
      { ...A, cents: 300_000 },
      { ...B, cents: 200_000 },
    ];
    await office.receives(
      ...receipts(office, ...lines),
      first(office, ...lines),
      journal(office, '2026-11-24', credit('4411', 500_000, { iuf: IUF })),
    );
    const history = await quadra.standalone.queries.history(office.org, IUV);
    const yesterday = new Date(history.at(-1)!.recordedAt);
    await office.receives(journal(office, '2026-11-25', storno('4411', 100_000)));
    expect(await office.flow(IUF)).toMatchObject({ state: 'partlyFunded', residualCents: 100_000 });
    for (const iuv of [IUV, '02'])
      expect(await office.transfer(iuv)).toMatchObject({ state: 'reported', discrepancies: ['FLOW_PARTLY_CREDITED'] });
    expect(await office.transfer(IUV, { asOf: yesterday })).toMatchObject({
      state: 'credited',
      discrepancies: [],
      creditedOn: '2026-11-24',
    });
    await office.receives(journal(office, '2026-11-26', credit('4498', 100_000, { iuf: IUF })));
    for (const iuv of [IUV, '02']) {
      expect(await office.transfer(iuv)).toMatchObject({
        ...{ state: 'credited', discrepancies: [], creditedOn: '2026-11-26' },
        credits: ['03069.2026.sospeso.4411', '03069.2026.sospeso.4498'],
      });
    }
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', residualCents: 0, discrepancies: [] });
    expect(await office.transfer(IUV, { asOf: yesterday })).toMatchObject({ state: 'credited', credits: ['03069.2026.sospeso.4411'] });
  });

  it('before its first document a payment was not known', async () => {
    const office = await quadra.office();
    await office.receives(...receipts(office, A));
    const [received] = await quadra.standalone.queries.history(office.org, IUV);
    const before = new Date(Date.parse(received!.recordedAt) - 1);
    expect(await office.transfers(IUV, { asOf: before })).toEqual([]);
  });
});
