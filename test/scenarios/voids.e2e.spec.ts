import { isRejection } from '@quadra/kernel';
import { credit, flowXml, journalXml, noticesCsv, receiptXml, storno } from '../support/documents';
import type { Office } from '../support/office';
import { useQuadra } from '../support/office';

const IUVS = ['01000000000000017', '01000000000000025', '01000000000000033'] as const;
const IUFS = ['2026-11-24BPPIITRRXXX-S000000001', '2026-11-24BPPIITRRXXX-S000000002'] as const;
const [IUV, SECOND, THIRD] = IUVS;
const [IUF, OTHER_IUF] = IUFS;

const line = (iuv: string, iur: string, cents: number) => ({ iuv, iur, cents });
const journal = (org: string, day: string, ...rows: ReturnType<typeof credit>[]) => journalXml({ org, day, rows });

/** Files that overlap and contradict each other: whatever one says, another may say too, or say otherwise. */
const FILES: Readonly<Record<string, (org: string) => string>> = {
  receipts: (org) => receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }),
  'a receipt that contradicts': (org) => receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 9_000 }),
  'another receipt': (org) => receiptXml({ org, iuv: SECOND, receiptId: 'IUR-B', cents: 4_000 }),
  notices: () =>
    noticesCsv([
      { iud: 'IUD1', iuv: IUV, cents: 10_000 },
      { iud: 'IUD2', iuv: THIRD, cents: 500 },
    ]),
  flow: (org) => flowXml({ org, iuf: IUF, lines: [line(IUV, 'IUR-A', 10_000), line(SECOND, 'IUR-B', 4_000)] }),
  'the flow revised': (org) =>
    flowXml({ org, iuf: IUF, revision: 2, dateTime: '2026-11-25T01:00:00', lines: [line(IUV, 'IUR-A', 10_000)] }),
  'another flow': (org) => flowXml({ org, iuf: OTHER_IUF, lines: [line(SECOND, 'IUR-B', 4_000)] }),
  journal: (org) => journal(org, '2026-11-24', credit('4411', 14_000, { iuf: IUF }), credit('4412', 4_000, { iuf: OTHER_IUF })),
  'the journal of two days': (org) =>
    journalXml({ org, day: '2026-11-25', rows: [credit('4411', 14_000, { iuf: IUF }), credit('4420', 700, { text: 'BOLLO' })] }),
  'a storno': (org) => journal(org, '2026-11-26', storno('4411', 14_000)),
  'the money once more': (org) => journal(org, '2026-11-27', credit('4430', 14_000, { iuf: IUF })),
  'what is all too much': (org) => journal(org, '2026-11-30', credit('4431', 9_000, { iuf: IUF })),
};
const NAMES = Object.keys(FILES);

describe('a file that is taken back', () => {
  const quadra = useQuadra();

  const takeBack = async (office: Office, fileId: string, reason = 'sent by mistake') => {
    const asked = { org: office.org, fileId, reason, actor: 'manager', correlationId: 'void' };
    const outcome = await quadra.standalone.intake.void(asked);
    if (isRejection(outcome)) throw new Error(outcome.because);
    await quadra.settle();
    return outcome;
  };

  /** Everything that the office can read, with its fiscal code replaced and without what tells its files apart. */
  const answers = async (office: Office): Promise<unknown> => {
    const { queries } = quadra.standalone;
    const report = await queries.reconciliationReport(office.org, { from: '2026-11-01' as never, to: '2026-11-30' as never });
    const { position: _, asOf: __, hash: ___, ...figures } = report;
    const payments = [];
    for (const iuv of IUVS) payments.push(await office.transfers(iuv));
    const flows = [];
    for (const iuf of IUFS) flows.push((await office.flow(iuf)) ?? null);
    const [coverage, list, credits] = [await queries.coverage(office.org), await office.list(), await office.credits()];
    const all = {
      payments,
      list,
      flows,
      credits,
      coverage,
      figures,
      flowList: (await queries.flows(office.org, {}, { limit: 100 })).items,
    };
    return JSON.parse(JSON.stringify(all).replaceAll(office.org, 'ORG'));
  };

  it('leaves everything as if it had never come, whichever it was and in whatever order files are taken back, and a rebuild says the same', async () => {
    const settings = { usesNotifications: true };
    const cases: readonly (readonly string[])[] = [
      ...NAMES.map((name) => [name]),
      ['journal', 'flow'],
      ['flow', 'receipts'],
      ['receipts', 'notices', 'journal', 'the journal of two days'],
      NAMES,
    ];
    const [never, taken]: [Office[], Office[]] = [[], []];
    const ids: Record<string, string>[] = [];
    for (const [n, gone] of cases.entries()) {
      never.push(await quadra.office(settings));
      taken.push(await quadra.office(settings));
      for (const name of NAMES) if (!gone.includes(name)) await never[n]!.hands(FILES[name]!(never[n]!.org));
      ids.push({});
      for (const name of NAMES) ids[n]![name] = await taken[n]!.hands(FILES[name]!(taken[n]!.org));
    }
    await quadra.settle();
    const whole = await answers(taken[0]!);
    for (const [n, gone] of cases.entries()) for (const name of gone) await takeBack(taken[n]!, ids[n]![name]!);
    for (const [n, gone] of cases.entries())
      expect({ gone, answers: await answers(taken[n]!) }).toEqual({ gone, answers: await answers(never[n]!) });
    const { rebuild } = quadra.standalone.processors;
    const rebuilt = await rebuild([]);
    expect(rebuilt.filter((r) => r.equal !== true)).toEqual([]);
    for (const [n, gone] of cases.entries())
      expect({ gone, answers: await answers(taken[n]!) }).toEqual({ gone, answers: await answers(never[n]!) });
    // The same bytes come again, and stand again.
    for (const [n, gone] of cases.entries()) for (const name of gone) await taken[n]!.hands(FILES[name]!(taken[n]!.org));
    await quadra.settle();
    for (const office of taken) expect(await answers(office)).toEqual(whole);
  }, 180_000);

  it('is not what the next version of a flow is compared with', async () => {
    const office = await quadra.office();
    const [first] = await office.receives(FILES['flow']!(office.org));
    await office.receives(FILES['the flow revised']!(office.org));
    await takeBack(office, first!.fileId);
    const versions = await quadra.standalone.queries.flowVersions(office.org, IUF);
    expect(versions!.filter((v) => !v.voided)).toMatchObject([
      { version: 1, difference: { added: [{ iuv: IUV }], removed: [], changed: [] } },
    ]);
  });

  it('tells those who follow the events of a credit that nothing explains it any more, whatever comes after', async () => {
    const office = await quadra.office();
    const [flow] = await office.receives(FILES['flow']!(office.org));
    await office.receives(journal(office.org, '2026-11-24', credit('4411', 14_000, { iuf: IUF })));
    await takeBack(office, flow!.fileId);
    await office.receives(journal(office.org, '2026-11-25', storno('4411', 4_000)));
    const { rows } = await quadra.standalone.pool.query<{ data: string }>(
      `select data from public_events.outbox where org = $1 and type = 'it.quadra.credit.explained.v1' order by seq`,
      [office.org],
    );
    const told = rows.map(({ data }) => JSON.parse(data) as { allocatedCents: number; residualCents: number; bookable: boolean });
    expect(told.map((d) => [d.allocatedCents, d.residualCents, d.bookable])).toEqual([
      [14_000, 0, true],
      [14_000, 0, false], // its flow is withdrawn, and then it is judged anew
      [0, 14_000, false],
      [0, 10_000, false],
    ]);
  });

  it('stays in the list with its counts and the reason, and the history names who took it back', async () => {
    const office = await quadra.office();
    const [file] = await office.receives(FILES['receipts']!(office.org));
    const before = new Date();
    await takeBack(office, file!.fileId);
    expect(await quadra.standalone.queries.file(office.org, file!.fileId)).toMatchObject({
      status: 'voided',
      voidedBecause: 'sent by mistake',
      reconciled: true,
      records: { read: 1, recorded: 1 },
      recordedCents: 10_000,
    });
    expect(await office.transfers(IUV)).toEqual([]);
    const history = await quadra.standalone.queries.history(office.org, IUV);
    expect(history.map((e) => [e.type, e.actor])).toEqual([
      ['ReceiptReceived', 'office'],
      ['ReceiptVoided', 'manager'],
    ]);
    expect(history[1]).toMatchObject({ data: { reason: 'sent by mistake' }, source: { fileId: file!.fileId } });
    expect(await office.transfer(IUV, { asOf: before })).toMatchObject({ state: 'paid' });
  });
});
