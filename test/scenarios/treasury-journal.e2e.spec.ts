import { creditStream } from '@quadra/domain';
import { zipOf } from '../../apps/command/src/intake/testing/samples';
import type { JournalRowDocument } from '../support/documents';
import { credit, flowXml, journalXml, order, receiptXml, storno } from '../support/documents';
import type { Office } from '../support/office';
import { useQuadra } from '../support/office';

const IUV = '01000000000000017';
const IUF = '2026-11-24BPPIITRRXXX-S000000001';

const journal = ({ org }: Office, day: string, ...rows: JournalRowDocument[]) => journalXml({ org, day, rows });

describe('regularization by collection orders', () => {
  const quadra = useQuadra();
  const eventsOf = async ({ org }: Office, number: string) =>
    (await quadra.standalone.store.read(creditStream(org, `03069.2026.sospeso.${number}`))).map((e) => e.type);

  it('an order covers part of a provisional credit; undone, the credit is open again and both facts stay', async () => {
    const office = await quadra.office();
    await office.receives(journal(office, '2026-11-24', credit('4411', 100_000)));
    expect(await office.credit('4411')).toMatchObject({ regularizedCents: 0, regularizeBy: '2027-01-23' });
    await office.receives(journal(office, '2026-11-25', order('REGOLARIZZATO', '71', 62_000, [{ number: '4411', cents: 62_000 }])));
    expect(await office.credit('4411')).toMatchObject({
      ...{ regularizedCents: 62_000, regularizeBy: '2027-01-23', netCents: 100_000 },
      regularizations: [{ order: '71', orderYear: 2026, amountCents: 62_000, on: '2026-11-25' }],
    });
    await office.receives(journal(office, '2026-11-26', order('RIPRISTINATO', '71', 62_000, [{ number: '4411', cents: 62_000 }])));
    expect(await office.credit('4411')).toMatchObject({ regularizedCents: 0, regularizeBy: '2027-01-23', netCents: 100_000 });
    expect(await eventsOf(office, '4411')).toEqual(['CreditBooked', 'CreditRegularized', 'CreditRegularizationReverted']);
  });

  it('the storno of an order that covers provisional credits opens them again, and no cash moves', async () => {
    const office = await quadra.office();
    const covers = [
      { number: '4411', cents: 60_000 },
      { number: '4412', cents: 40_000 },
    ];
    await office.receives(journal(office, '2026-11-24', credit('4411', 60_000), credit('4412', 40_000)));
    await office.receives(journal(office, '2026-11-25', order('REGOLARIZZATO', '71', 100_000, covers)));
    expect((await office.credits()).map((c) => [c.documentNumber, c.regularizedCents])).toEqual([
      ['4411', 60_000],
      ['4412', 40_000],
    ]);
    await office.receives(journal(office, '2026-11-26', order('STORNATO', '71', 100_000, covers)));
    expect((await office.credits()).map((c) => [c.regularizedCents, c.netCents, c.reversedCents])).toEqual([
      [0, 60_000, 0],
      [0, 40_000, 0],
    ]);
  });

  it('two orders cover one provisional credit, and what the credit’s own row repeats is not counted again', async () => {
    const office = await quadra.office();
    const echo: JournalRowDocument = { document: 'SOSPESO ENTRATA', operation: 'REGOLARIZZATO', number: '4411', cents: 100_000 };
    await office.receives(journal(office, '2026-11-24', credit('4411', 100_000)));
    await office.receives(
      journal(
        office,
        '2026-11-25',
        order('REGOLARIZZATO', '71', 62_000, [{ number: '4411', cents: 62_000 }]),
        order('REGOLARIZZATO', '72', 38_000, [{ number: '4411', cents: 38_000 }]),
        echo,
      ),
    );
    expect(await office.credit('4411')).toMatchObject({ regularizedCents: 100_000, regularizations: [{ order: '71' }, { order: '72' }] });
  });

  it('a payment shows the share of it that orders cover', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 40_000 }),
      flowXml({
        ...{ org, iuf: IUF },
        lines: [
          { iuv: IUV, iur: 'IUR-A', cents: 40_000 },
          { iuv: '02', iur: 'IUR-B', cents: 60_000 },
        ],
      }),
      journal(office, '2026-11-24', credit('4411', 100_000, { iuf: IUF })),
      journal(office, '2026-11-25', order('REGOLARIZZATO', '71', 50_000, [{ number: '4411', cents: 50_000 }])),
    );
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', regularizedCents: 20_000 });
    await office.receives(journal(office, '2026-11-26', order('REGOLARIZZATO', '72', 50_000, [{ number: '4411', cents: 50_000 }])));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'credited', regularizedCents: 40_000 });
  });

  it('cash collected directly on an order is a credit without a term to regularize, and its storno takes it back', async () => {
    const office = await quadra.office();
    await office.receives(journal(office, '2026-11-24', order('ESEGUITO', '71', 5_000)));
    expect(await office.credit('71', 'reversale')).toMatchObject({ state: 'open', amountCents: 5_000, regularizeBy: null });
    await office.receives(journal(office, '2026-11-25', order('STORNATO', '71', 5_000)));
    expect(await office.credit('71', 'reversale')).toMatchObject({ state: 'reversed', netCents: 0 });
  });

  it('a journal of version 1.4 names one provisional credit without an amount: the order’s amount covers it', async () => {
    const office = await quadra.office();
    const { org } = office;
    await office.receives(
      journalXml({ org, version: '1.4', day: '2026-11-24', rows: [credit('4411', 62_000)] }),
      journalXml({
        org,
        version: '1.4',
        day: '2026-11-25',
        rows: [order('REGOLARIZZATO', '71', 62_000, [{ number: '4411', cents: 62_000 }])],
      }),
    );
    expect(await office.credit('4411')).toMatchObject({ amountCents: 62_000, regularizedCents: 62_000 });
  });

  it('expenses are kept and act on no credit; a pair that the table does not hold is rejected and the other rows stand', async () => {
    const office = await quadra.office();
    const expense: JournalRowDocument = { direction: 'USCITA', document: 'MANDATO', operation: 'ESEGUITO', number: '9', cents: 700 };
    const strange: JournalRowDocument = { document: 'SOSPESO ENTRATA', operation: 'SOSPESO', number: '4413', cents: 100 };
    const fileId = await office.hands(journal(office, '2026-11-24', credit('4411', 10_000), expense, strange, storno('4411', 2_500)));
    await quadra.settle();
    expect(await office.file(fileId)).toMatchObject({ status: 'imported', records: { read: 4, recorded: 3, rejected: 1 } });
    expect(await office.credits()).toMatchObject([{ documentNumber: '4411', netCents: 7_500, reversedCents: 2_500 }]);
  });
});

describe('the journal as a document', () => {
  const quadra = useQuadra();
  const flow = ({ org }: Office) => flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: 'IUR-A', cents: 10_000, outcome: '9' }] });
  const page = ({ org }: Office, number: number, rows: JournalRowDocument[]) =>
    journalXml({ org, day: '2026-11-24', page: number, pages: 2, rows });
  const pageOne = (office: Office) => page(office, 1, [credit('4411', 6_000, { iuf: IUF })]);
  const pageTwo = (office: Office) => page(office, 2, [credit('4412', 3_000, { iuf: IUF })]);
  const seen = async (office: Office) => {
    const { org: _, ...state } = {
      org: office.org,
      flow: await office.flow(IUF),
      credits: await office.credits(),
      ...(await office.transfer(IUV)),
    };
    return JSON.parse(JSON.stringify(state).replaceAll(office.org, 'ORG')) as object;
  };

  it('its pages in one zip and one by one, in any order, say the same', async () => {
    const [zipped, ordered, reversed] = [await quadra.office(), await quadra.office(), await quadra.office()];
    await zipped.receives(flow(zipped), zipOf({ 'b.xml': pageTwo(zipped), 'a.xml': pageOne(zipped) }));
    await ordered.receives(flow(ordered), pageOne(ordered), pageTwo(ordered));
    await reversed.receives(pageTwo(reversed), pageOne(reversed), flow(reversed));
    expect(await zipped.flow(IUF)).toMatchObject({ state: 'partlyFunded', allocatedCents: 9_000, residualCents: 1_000 });
    expect(await seen(ordered)).toEqual(await seen(zipped));
    expect(await seen(reversed)).toEqual(await seen(zipped));
  });

  it('while a page is missing it proves nothing: money that is due is not verifiable, and late once the page is here', async () => {
    const office = await quadra.office();
    await office.receives(receiptXml({ org: office.org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }), flow(office), pageOne(office));
    quadra.today('2026-11-25');
    expect(await office.transfer(IUV)).toMatchObject({ state: 'reported', dueOn: '2026-11-24', lane: 'notVerifiable' });
    const [journalCoverage] = (await quadra.standalone.queries.coverage(office.org)).filter((c) => c.source === 'journal:03069');
    expect(journalCoverage).toMatchObject({ incompleteDocuments: [{ pagesSeen: 1, pagesTotal: 2 }] });
    await office.receives(pageTwo(office));
    expect(await office.transfer(IUV)).toMatchObject({ state: 'reported', lane: 'late' });
  });

  it('the same credit in the next journal is the same money', async () => {
    const office = await quadra.office();
    const row = credit('4411', 10_000, { iuf: IUF, on: '2026-11-24' });
    await office.receives(flow(office), journal(office, '2026-11-24', row));
    const before = await seen(office);
    const [again] = await office.receives(journal(office, '2026-11-25', row, credit('4412', 100)));
    expect(again).toMatchObject({ records: { read: 2, conflicting: 0 } });
    expect(await office.credit('4411')).toMatchObject({ amountCents: 10_000, residualCents: 0, state: 'explained' });
    expect(await office.flow(IUF)).toMatchObject({ state: 'funded', surplusCents: 0, discrepancies: [] });
    expect({ ...(await seen(office)), credits: (before as { credits: unknown }).credits }).toEqual(before);
  });

  it('a journal that does not tie, in itself or with the one before it, shows where', async () => {
    const office = await quadra.office();
    const of = (day: string, balances: readonly [number, number, number, number]) =>
      journalXml({ org: office.org, day, rows: [], balances });
    await office.receives(
      of('2026-11-23', [0, 10_000, 0, 10_000]),
      of('2026-11-24', [10_000, 5_000, 1_000, 14_500]),
      of('2026-11-25', [15_000, 0, 0, 15_000]),
    );
    const [journals] = (await quadra.standalone.queries.coverage(office.org)).filter((c) => c.source === 'journal:03069');
    expect(journals!.balanceBreaks).toEqual([
      { account: '0000100', on: '2026-11-24', expectedCents: 14_000, foundCents: 14_500 },
      { account: '0000100', on: '2026-11-25', expectedCents: 14_500, foundCents: 15_000 },
    ]);
  });

  it('two editions of one page say the same of the days and balances, whichever comes first, and without the one the other stands', async () => {
    const edition = (office: Office, rows: JournalRowDocument[], closing: number) =>
      journalXml({ org: office.org, day: '2026-11-23', rows, balances: [0, closing, 0, closing] });
    const short = (office: Office) => edition(office, [credit('1', 10_000)], 10_000);
    const whole = (office: Office) => edition(office, [credit('1', 10_000), credit('2', 5_000)], 15_000);
    const next = ({ org }: Office) => journalXml({ org, day: '2026-11-24', rows: [], balances: [15_000, 0, 0, 15_000] });
    const breaks = async (office: Office) =>
      (await quadra.standalone.queries.coverage(office.org)).flatMap((c) => c.balanceBreaks.map((b) => [b.expectedCents, b.foundCents]));
    const orders = [
      [short, whole, next],
      [whole, short, next],
      [next, whole, short],
      [next, short, whole],
    ];
    for (const documents of orders) {
      const office = await quadra.office();
      const files = await office.receives(...documents.map((document) => document(office)));
      expect(await breaks(office)).toEqual([]);
      const fileId = files[documents.indexOf(whole)]!.fileId;
      await quadra.standalone.intake.void({ org: office.org, fileId, reason: 'wrong', actor: 'manager', correlationId: 'void' });
      await quadra.settle();
      expect(await breaks(office)).toEqual([[10_000, 15_000]]);
    }
  });

  it('more taken back than was booked stands out as less than nothing, and the sums hold', async () => {
    const office = await quadra.office();
    await office.receives(journal(office, '2026-11-24', credit('4411', 10_000)), journal(office, '2026-11-25', storno('4411', 12_500)));
    const sums = { amountCents: 10_000, reversedCents: 12_500, netCents: -2_500, allocatedCents: 0, residualCents: -2_500 };
    expect(await office.credit('4411')).toMatchObject({ ...sums, state: 'reversed' });
  });

  it('a storno in two overlapping journals takes the money back once', async () => {
    const office = await quadra.office();
    const back = { ...storno('4411', 2_500), on: '2026-11-25' };
    await office.receives(journal(office, '2026-11-24', credit('4411', 10_000)), journal(office, '2026-11-25', back));
    await office.receives(journal(office, '2026-11-26', back));
    expect(await office.credit('4411')).toMatchObject({ reversedCents: 2_500, netCents: 7_500, residualCents: 7_500 });
  });
});

describe('the same input twice', () => {
  const quadra = useQuadra();
  const documents = ({ org }: Office, mark = '') => [
    receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }) + mark,
    flowXml({ org, iuf: IUF, lines: [{ iuv: IUV, iur: 'IUR-A', cents: 10_000 }] }) + mark,
    journalXml({ org, day: '2026-11-24', rows: [credit('4411', 10_000, { iuf: IUF })] }) + mark,
  ];

  it('changes nothing, when the same files come again: not even an event is written', async () => {
    const office = await quadra.office();
    await office.receives(...documents(office));
    const head = await quadra.standalone.store.head();
    const files = await office.receives(...documents(office));
    expect(await quadra.standalone.store.head()).toBe(head);
    expect(files).toHaveLength(3);
  });

  it('changes nothing of the payment, when other files say the same: every record is unchanged', async () => {
    const office = await quadra.office();
    await office.receives(...documents(office));
    const history = await quadra.standalone.queries.history(office.org, IUV);
    const [receipt, flow, journal_] = await office.receives(...documents(office, '\n<!-- sent again -->\n'));
    for (const file of [receipt, flow, journal_])
      expect(file).toMatchObject({ records: { read: 1, recorded: 0, unchanged: 1, conflicting: 0 } });
    expect(await quadra.standalone.queries.history(office.org, IUV)).toEqual(history);
    expect(await office.credits()).toMatchObject([{ amountCents: 10_000, residualCents: 0, state: 'explained' }]);
  });
});
