import { credit, flowXml, journalXml, noticesCsv, receiptXml, storno } from '../support/documents';
import type { Office } from '../support/office';
import { useQuadra } from '../support/office';

const IUV = '01000000000000017';
const OTHER_IUV = '01000000000000025';
const IUF = '2026-11-24BPPIITRRXXX-S000000001';
const [COMUNE_A, COMUNE_B] = ['80011111111', '80022222222'];

/** The files of a scenario, as they are for one body. */
type Files = (org: string) => readonly string[];

const line = (iuv: string, iur: string, cents: number, index = 1) => ({ iuv, iur, cents, index });
const journal = (org: string, day: string, row: ReturnType<typeof credit>) => journalXml({ org, day, rows: [row] });
const share = (org: string, issuer: string, receiptId: string, cents: number) =>
  receiptXml({
    org,
    issuer,
    iuv: IUV,
    receiptId,
    shares: [
      { index: 1, cents: 10_000, org: issuer },
      { index: 2, cents, org },
    ],
  });

const SCENARIOS: readonly (readonly [name: string, files: Files, state: string])[] = [
  [
    'a notice, its receipt, the flow and the credit',
    (org) => [
      noticesCsv([{ iud: 'IUD1', iuv: IUV, cents: 10_000 }]),
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [line(IUV, 'IUR-A', 10_000)] }),
      journal(org, '2026-11-24', credit('4411', 10_000, { iuf: IUF })),
    ],
    'credited',
  ],
  [
    'a flow that two credits of two days pay, the second of them too much',
    (org) => [
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 10_000 }),
      flowXml({ org, iuf: IUF, lines: [line(IUV, 'IUR-OF-THE-PSP', 10_000)] }),
      journal(org, '2026-11-24', credit('4411', 6_000, { iuf: IUF, txt: 0 })),
      journal(org, '2026-11-25', credit('4415', 4_500, { iuf: IUF, txt: 1 })),
    ],
    'credited',
  ],
  [
    'a credit, its storno, and the credit that replaces it',
    (org) => [
      flowXml({ org, iuf: IUF, lines: [line(IUV, 'IUR-A', 10_000)] }),
      journal(org, '2026-11-24', credit('4411', 10_000, { iuf: IUF })),
      journal(org, '2026-11-25', storno('4411', 10_000)),
      journal(org, '2026-11-26', credit('4498', 10_000, { iuf: IUF })),
    ],
    'credited',
  ],
  [
    'a flow, the revision that drops a line of it, and the money that came for both lines',
    (org) => [
      receiptXml({ org, iuv: IUV, receiptId: 'IUR-A', cents: 4_000 }),
      flowXml({ org, iuf: IUF, lines: [line(IUV, 'IUR-A', 4_000), line(OTHER_IUV, 'IUR-B', 6_000)] }),
      flowXml({ org, iuf: IUF, revision: 2, dateTime: '2026-11-25T01:00:00', lines: [line(OTHER_IUV, 'IUR-B', 6_000)] }),
      journal(org, '2026-11-24', credit('4411', 10_000, { iuf: IUF })),
    ],
    'credited',
  ],
  [
    'two Comuni with one IUV at their Provincia, and a receipt that came with two contents',
    (org) => [
      share(org, COMUNE_A, 'IUR-A', 500),
      share(org, COMUNE_B, 'IUR-B', 750),
      share(org, COMUNE_B, 'IUR-B', 700),
      flowXml({ org, iuf: IUF, lines: [line(IUV, 'IUR-A', 500, 2), line(IUV, 'IUR-B', 750, 2)] }),
    ],
    'reported',
  ],
];

const permutations = (n: number): number[][] =>
  n === 0 ? [[]] : permutations(n - 1).flatMap((p) => Array.from({ length: n }, (_, at) => [...p.slice(0, at), n - 1, ...p.slice(at)]));

describe('the order in which files arrive', () => {
  const quadra = useQuadra();

  /** Everything that the office can read of its payments, flows and credits, with its fiscal code replaced. */
  const answers = async (office: Office): Promise<unknown> => {
    const payments = [];
    for (const iuv of [IUV, OTHER_IUV]) {
      for (const issuer of [office.org, COMUNE_A, COMUNE_B]) payments.push(await office.transfers(iuv, { issuer }));
    }
    const all = { payments, list: await office.list(), flow: await office.flow(IUF), credits: await office.credits() };
    return JSON.parse(JSON.stringify(all).replaceAll(office.org, 'ORG'));
  };

  it.each(SCENARIOS)(
    'means nothing, one after the other in any order or all at once: %s',
    async (_, files, state) => {
      const orders = permutations(4);
      const offices: Office[] = [];
      for (let i = 0; i <= orders.length; i++) offices.push(await quadra.office({ usesNotifications: true }));
      const [together, ...ordered] = offices;
      for (const document of files(together!.org)) await together!.hands(document);
      for (let step = 0; step < 4; step++) {
        await Promise.all(ordered.map((office, i) => office.hands(files(office.org)[orders[i]![step]!]!)));
        await quadra.settle();
      }
      const expected = await answers(together!);
      expect((await together!.list()).map((t) => t.state)).toContain(state);
      for (const [i, office] of ordered.entries()) {
        expect({ order: orders[i], answers: await answers(office) }).toEqual({ order: orders[i], answers: expected });
      }
    },
    120_000,
  );
});
