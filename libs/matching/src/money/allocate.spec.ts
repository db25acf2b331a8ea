import fc from 'fast-check';
import { day, eur } from '../../../../test/support/facts';
import type { CreditClaim, FlowNeed, MoneyConclusion } from './allocate';
import { allocateMoney } from './allocate';

const flow = (key: string, totalCents: number, ...earlier: number[]): FlowNeed => ({
  flowKey: key,
  iuf: key,
  totalCents: eur(totalCents),
  earlierTotals: earlier.map(eur),
});
const credit = (creditId: string, netCents: number, flows: readonly string[], over: Partial<CreditClaim> = {}): CreditClaim => ({
  creditId,
  netCents: eur(netCents),
  bookedOn: day('2026-03-04'),
  creditedOn: day('2026-03-04'),
  flows: flows.map((flowKey) => ({ flowKey, tier: 'exact' as const })),
  ...over,
});
const txt = (flowKey: string, progressive: number) => ({ flows: [{ flowKey, tier: 'exact' as const, progressive }] });

/** `credit>flow cents`, in the order of the conclusion. */
const given = ({ allocations }: MoneyConclusion): string[] => allocations.map((a) => `${a.creditId}>${a.iuf} ${a.cents}`);
const funding = (conclusion: MoneyConclusion, iuf: string) => conclusion.funding.find((f) => f.iuf === iuf)!;

describe('the money of a credit', () => {
  it('goes to the flow that its text names', () => {
    const conclusion = allocateMoney([flow('F1', 100)], [credit('C1', 100, ['F1'])]);
    expect(given(conclusion)).toEqual(['C1>F1 100']);
    expect(funding(conclusion, 'F1')).toEqual({
      iuf: 'F1',
      allocatedCents: 100,
      surplusCents: 0,
      credits: ['C1'],
      creditedOn: '2026-03-04',
    });
  });

  it('goes to no flow that its text does not name, even if the amounts agree', () => {
    const conclusion = allocateMoney([flow('F1', 100), flow('F2', 100)], [credit('C1', 100, ['F2']), credit('C2', 100, [])]);
    expect(given(conclusion)).toEqual(['C1>F2 100']);
    expect(funding(conclusion, 'F1')).toEqual({ iuf: 'F1', allocatedCents: 0, surplusCents: 0, credits: [] });
  });

  it('is given to its flows in the order of their ids, up to what each still lacks', () =>
    expect(given(allocateMoney([flow('F2', 100), flow('F1', 100)], [credit('C1', 150, ['F2', 'F1'])]))).toEqual(['C1>F1 100', 'C1>F2 50']));

  it('of a credit that names fewer flows goes first', () =>
    expect(given(allocateMoney([flow('F1', 100), flow('F2', 100)], [credit('A', 150, ['F1', 'F2']), credit('B', 60, ['F1'])]))).toEqual([
      'B>F1 60',
      'A>F1 40',
      'A>F2 100',
    ]));

  it('of the lower TXT progressive goes first, then of the earlier booking, then of the smaller id', () => {
    const claims = [
      credit('D', 40, [], txt('F1', 1)),
      credit('C', 40, [], { ...txt('F1', 0), bookedOn: day('2026-03-05') }),
      credit('B', 40, [], txt('F1', 0)),
      credit('A', 40, [], txt('F1', 0)),
    ];
    expect(given(allocateMoney([flow('F1', 130)], claims))).toEqual(['A>F1 40', 'B>F1 40', 'C>F1 40', 'D>F1 10']);
  });

  it('takes several credits to fund one flow, and the flow is credited on the day of the last', () => {
    const conclusion = allocateMoney(
      [flow('F1', 100)],
      [credit('C1', 60, ['F1']), credit('C2', 40, ['F1'], { creditedOn: day('2026-03-09') })],
    );
    expect(funding(conclusion, 'F1')).toMatchObject({ allocatedCents: 100, credits: ['C1', 'C2'], creditedOn: '2026-03-09' });
  });

  it('that a flow does not need stays with the credit, and the flow carries it as a surplus', () =>
    expect(funding(allocateMoney([flow('F1', 100)], [credit('C1', 130, ['F1'])]), 'F1')).toMatchObject({
      allocatedCents: 100,
      surplusCents: 30,
    }));

  it('is no surplus of one of two flows: nobody knows of which', () =>
    expect(allocateMoney([flow('F1', 100), flow('F2', 10)], [credit('C1', 130, ['F1', 'F2'])]).funding.map((f) => f.surplusCents)).toEqual([
      0, 0,
    ]));

  it('may go up to an earlier, higher total of the flow when the credits that name it reach that', () => {
    expect(given(allocateMoney([flow('F1', 50, 150)], [credit('C1', 150, ['F1'])]))).toEqual(['C1>F1 150']);
    const short = allocateMoney([flow('F1', 50, 150)], [credit('C1', 149, ['F1'])]);
    expect([given(short), funding(short, 'F1').surplusCents]).toEqual([['C1>F1 50'], 99]);
  });

  it('tells how the flow was read in the text', () => {
    const repaired = credit('C1', 100, [], { flows: [{ flowKey: 'F1', tier: 'repaired', progressive: 2 }] });
    expect(allocateMoney([flow('F1', 100)], [repaired]).allocations[0]).toMatchObject({
      tier: 'repaired',
      evidence: ['remittance:repaired', 'txt:2'],
    });
  });
});

describe('the conclusion about the money of one body', () => {
  const cents = fc.constantFrom(0, 50, 100, 150, 300);
  const keys = ['F1', 'F2', 'F3'] as const;
  const anyFlows = fc
    .array(fc.tuple(cents, fc.array(cents, { maxLength: 2 })), { minLength: 3, maxLength: 3 })
    .map((totals) => totals.map(([total, earlier], i) => flow(keys[i]!, total, ...earlier)));
  const anyCredits = fc
    .array(
      fc.record({
        net: cents,
        flows: fc.subarray([...keys, 'UNKNOWN']),
        progressive: fc.nat(2),
        on: fc.constantFrom('2026-03-04', '2026-03-05'),
      }),
      { maxLength: 5 },
    )
    .map((credits) =>
      credits.map(({ net, flows, progressive, on }, i) =>
        credit(`C${i}`, net, [], { bookedOn: day(on), flows: flows.map((flowKey) => ({ flowKey, tier: 'exact' as const, progressive })) }),
      ),
    );
  const ranks = fc.array(fc.nat(99), { minLength: 6, maxLength: 6 });
  const permute = <T>(items: readonly T[], order: readonly number[]): T[] =>
    items
      .map((item, i) => [order[i]!, item] as const)
      .sort((a, b) => a[0] - b[0])
      .map(([, item]) => item);
  const sum = (values: readonly { cents: number }[]) => values.reduce((total, v) => total + v.cents, 0);

  it('does not depend on any order', () =>
    fc.assert(
      fc.property(anyFlows, anyCredits, ranks, (flows, credits, order) => {
        const mixed = credits.map((c) => ({ ...c, flows: permute(c.flows, order) }));
        expect(allocateMoney(permute(flows, order), permute(mixed, order))).toEqual(allocateMoney(flows, credits));
      }),
      { numRuns: 1_000 },
    ));

  it('gives no credit away twice, no flow more than it may take, nothing below one cent, and nothing to a flow that is not named', () =>
    fc.assert(
      fc.property(anyFlows, anyCredits, (flows, credits) => {
        const { allocations, funding: funds } = allocateMoney(flows, credits);
        for (const c of credits) expect(sum(allocations.filter((a) => a.creditId === c.creditId))).toBeLessThanOrEqual(c.netCents);
        for (const f of flows) {
          const mine = allocations.filter((a) => a.iuf === f.iuf);
          const named = credits.filter((c) => c.flows.some((n) => n.flowKey === f.flowKey)).reduce((total, c) => total + c.netCents, 0);
          const reached = f.earlierTotals.filter((total) => total <= named);
          expect(sum(mine)).toBeLessThanOrEqual(Math.max(f.totalCents, ...reached));
          expect(funds.find((x) => x.iuf === f.iuf)!.allocatedCents).toBe(sum(mine));
        }
        for (const a of allocations) {
          expect(a.cents).toBeGreaterThan(0);
          expect(credits.find((c) => c.creditId === a.creditId)!.flows.map((f) => f.flowKey)).toContain(a.iuf);
        }
      }),
      { numRuns: 1_000 },
    ));

  it('leaves no flow short of money that a credit of its own has left', () =>
    fc.assert(
      fc.property(anyFlows, anyCredits, (flows, credits) => {
        const { allocations } = allocateMoney(flows, credits);
        for (const c of credits) {
          const left = c.netCents - sum(allocations.filter((a) => a.creditId === c.creditId));
          for (const f of flows.filter((x) => c.flows.some((n) => n.flowKey === x.flowKey))) {
            if (left > 0) expect(sum(allocations.filter((a) => a.iuf === f.iuf))).toBeGreaterThanOrEqual(f.totalCents);
          }
        }
      }),
      { numRuns: 1_000 },
    ));

  it('is not changed by flows and credits that have nothing to do with it', () =>
    fc.assert(
      fc.property(anyFlows, anyCredits, anyFlows, anyCredits, (flows, credits, otherFlows, otherCredits) => {
        const away = (key: string) => `Z-${key}`;
        const strangers = otherFlows.map((f) => ({ ...f, flowKey: away(f.flowKey), iuf: away(f.iuf) }));
        const strange = otherCredits.map((c) => ({
          ...c,
          creditId: away(c.creditId),
          flows: c.flows.map((f) => ({ ...f, flowKey: away(f.flowKey) })),
        }));
        const alone = allocateMoney(flows, credits);
        const together = allocateMoney([...strangers, ...flows], [...strange, ...credits]);
        expect(together.allocations.filter((a) => !a.iuf.startsWith('Z-'))).toEqual(alone.allocations);
        expect(together.funding.filter((f) => !f.iuf.startsWith('Z-'))).toEqual(alone.funding);
      }),
      { numRuns: 500 },
    ));
});
