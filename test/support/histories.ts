import fc from 'fast-check';
import type { FlowLine } from '@quadra/domain';
import { COMUNE, PROVINCIA, aCredit, aFlow, aNotice, aReceipt, day, eur, idOfCredit } from './facts';
import type { Fact } from './history';

/**
 * Random documents over a universe so small that everything collides: the same receipt with two contents, IUVs that two
 * issuers share, flows in several versions, credits that name several flows and come back in part.
 */

const IUVS = ['IUV1', 'IUV2'] as const;
/** Each receipt id belongs to one IUV, as the node gives them out. */
const IURS = [
  ['A', 'IUV1'],
  ['B', 'IUV1'],
  ['C', 'IUV2'],
] as const;
const IUFS = ['F1', 'F2', 'F3'] as const;
const CENTS = [100, 200] as const;

const cents = fc.constantFrom(...CENTS);

const receipt: fc.Arbitrary<Fact> = fc
  .record({
    of: fc.constantFrom(...IURS),
    amounts: fc.oneof({ arbitrary: fc.tuple(cents), weight: 4 }, { arbitrary: fc.tuple(cents, cents), weight: 1 }),
    issuer: fc.constantFrom(COMUNE, PROVINCIA),
    outcome: fc.constantFrom('OK', 'OK', 'OK', 'KO'),
  })
  .map(({ of: [iur, iuv], amounts, issuer, outcome }) => {
    const total = amounts.reduce<number>((sum, amount) => sum + amount, 0);
    const transfers = amounts.map((amount, i) => ({ index: i + 1, amountCents: eur(amount) }));
    return { kind: 'receipt', iuv, content: aReceipt(iur, total, { issuer, outcome: outcome as 'OK' | 'KO', transfers }) };
  });

const notice: fc.Arbitrary<Fact> = fc
  .record({
    iuv: fc.constantFrom(...IUVS),
    iud: fc.constantFrom('D1', 'D2'),
    amount: cents,
    on: fc.constantFrom('2026-03-01', '2026-03-02'),
  })
  .map(({ iuv, iud, amount, on }) => ({ kind: 'notice', iuv, content: aNotice(iud, amount, { executedOn: day(on) }) }));

const line: fc.Arbitrary<FlowLine> = fc
  .record({
    of: fc.constantFrom(...IURS, ['X', 'IUV1'] as const),
    amount: cents,
    index: fc.constantFrom(1, 1, 1, 2),
    outcome: fc.constantFrom('0', '0', '0', '3', '9', '7'),
  })
  .map(({ of: [iur, iuv], amount, index, outcome }) => [iuv, iur, index, eur(amount), outcome, day('2026-03-02')]);

const flow: fc.Arbitrary<Fact> = fc
  .record({
    iuf: fc.constantFrom(...IUFS),
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    hour: fc.constantFrom('06', '07'),
    revision: fc.constantFrom(1, 2),
    sender: fc.constantFrom('PSP1', 'PSP2'),
    regulation: fc.constantFrom('2026-03-03', '2026-03-04'),
    wrongTotal: fc.constantFrom(undefined, undefined, undefined, 100, 500),
  })
  .map(({ iuf, lines, hour, revision, sender, regulation, wrongTotal }) => ({
    kind: 'flow',
    flow: aFlow(iuf, lines, {
      flowDateTime: `2026-03-03T${hour}:00:00`,
      revision,
      senderCode: sender,
      regulationOn: day(regulation),
      ...(wrongTotal !== undefined && { declaredCents: eur(wrongTotal) }),
    }),
  }));

const NUMBERS = ['1', '2', '3'] as const;

const credit: fc.Arbitrary<Fact> = fc
  .record({
    number: fc.constantFrom(...NUMBERS),
    amount: fc.constantFrom(100, 200, 300, 450),
    iufs: fc.uniqueArray(fc.constantFrom(...IUFS, 'UNKNOWN'), { maxLength: 2 }),
    bookedOn: fc.constantFrom('2026-03-04', '2026-03-05'),
  })
  .map(({ number, amount, iufs, bookedOn }) => ({ kind: 'credit', content: aCredit(number, amount, iufs, { bookedOn: day(bookedOn) }) }));

const storno: fc.Arbitrary<Fact> = fc
  .record({ number: fc.constantFrom(...NUMBERS), amount: cents, ordinal: fc.constantFrom(0, 1) })
  .map(({ number, amount, ordinal }) => ({
    kind: 'storno',
    creditId: idOfCredit(number),
    movement: { on: day('2026-03-06'), amountCents: eur(amount), ordinal },
  }));

const settings: fc.Arbitrary<Fact> = fc.constant({ kind: 'settings', settings: { usesNotifications: true } });

/** Settings are one fact that may come at any time; the others are any documents. */
export const anyFacts = (maxLength = 10): fc.Arbitrary<Fact[]> =>
  fc.array(
    fc.oneof(
      { arbitrary: receipt, weight: 4 },
      { arbitrary: flow, weight: 4 },
      { arbitrary: credit, weight: 4 },
      { arbitrary: storno, weight: 1 },
      { arbitrary: notice, weight: 1 },
      { arbitrary: settings, weight: 1 },
    ),
    { minLength: 1, maxLength },
  );

export const ANY_IUV: readonly string[] = IUVS;
export const ANY_CREDIT: readonly string[] = NUMBERS.map(idOfCredit);

/** The same elements in another order, told by numbers so that failures shrink. */
export const shuffled = <T>(elements: readonly T[], ranks: readonly number[]): T[] =>
  elements
    .map((element, i) => ({ element, rank: ranks[i % Math.max(1, ranks.length)] ?? 0, i }))
    .sort((a, b) => a.rank - b.rank || b.i - a.i)
    .map(({ element }) => element);

/** How often a property that talks to a database is tried; `QUADRA_PROPERTY_RUNS` asks for more (with jest's `--testTimeout`). */
export const runs = (usual: number): number => Number(process.env.QUADRA_PROPERTY_RUNS ?? usual);
