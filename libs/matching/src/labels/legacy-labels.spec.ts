import type { Cents } from '@quadra/kernel';
import * as fc from 'fast-check';
import { creditLabels, legacyLabels, type LabelFacts, type LegacyLabel } from '.';

interface Given {
  /** Amounts in euro: receipt, line, notice, declared total of the flow, credits that name the flow. */
  readonly E?: number;
  readonly R?: number;
  readonly I?: number;
  readonly Rtot?: number;
  readonly T?: readonly number[];
  readonly outcome?: string;
  readonly ko?: true;
  readonly duplicate?: true;
  readonly twins?: readonly string[];
}

const cents = (euro: number | undefined): Cents | undefined => (euro === undefined ? undefined : (Math.round(euro * 100) as Cents));

const factsOf = (g: Given): LabelFacts => ({
  receiptCents: cents(g.E),
  receiptOk: g.ko !== true,
  noticeCents: cents(g.I),
  lineCents: cents(g.R),
  outcome: g.outcome ?? (g.R === undefined ? undefined : '0'),
  flowTotalCents: cents(g.Rtot ?? g.R),
  creditCents: (g.T ?? []).map((t) => cents(t)!),
  duplicate: g.duplicate ?? false,
  twinOutcomes: g.twins,
});

const correct = (g: Given, usesNotifications = true): LegacyLabel[] => legacyLabels(factsOf(g), { usesNotifications, values: 'correct' });
const incumbent = (g: Given): LegacyLabel[] => legacyLabels(factsOf(g), { usesNotifications: true, values: 'as-incumbent' });

describe('The official table, row by row', () => {
  test.each<[LegacyLabel, Given, Given]>([
    ['IUD_RT_IUF_TES', { I: 100, E: 100, R: 100, T: [100] }, { I: 100, E: 100, R: 100, T: [99.5] }],
    ['IUD_RT_IUF', { I: 100, E: 100, R: 100 }, { I: 90, E: 100, R: 100 }],
    ['RT_IUF_TES', { E: 100, R: 100, T: [100] }, { E: 100, R: 90, T: [90] }],
    ['RT_IUF_TES', { E: 100, R: 100, Rtot: 500, T: [300, 200] }, { E: 100, R: 100, Rtot: 500, T: [300] }],
    ['RT_IUF', { E: 100, R: 100 }, { E: 100, R: 100.01 }],
    ['RT_NO_IUF', { E: 100 }, { E: 100, R: 100 }],
    ['RT_NO_IUF', { E: 100, R: 90 }, { R: 90 }],
    ['RT_NO_IUD', { E: 100 }, { E: 100, I: 90 }],
    ['IUD_NO_RT', { I: 100 }, { I: 100, E: 100 }],
    ['IUD_NO_RT', { I: 90, E: 100 }, { E: 100 }],
    ['IUV_NO_RT', { R: 100 }, { R: 100, E: 90 }],
    ['IUF_NO_TES', { R: 100 }, { R: 100, T: [50] }],
    ['IUF_TES_DIV_IMP', { R: 100, T: [99.5] }, { R: 100, T: [60, 40] }],
    ['DOPPI', { E: 100, R: 100, duplicate: true }, { E: 100, R: 100 }],
  ])('%s holds for %j, not for %j', (label, holds, fails) => {
    expect(correct(holds)).toContain(label);
    expect(correct(fails)).not.toContain(label);
  });

  it('a line of outcome 3 counts as no line, a KO receipt as no receipt', () => {
    expect(correct({ E: 100, R: 100, outcome: '3', T: [100] })).toEqual(['RT_NO_IUF', 'RT_NO_IUD']);
    expect(correct({ E: 100, ko: true, R: 100 })).toEqual(['IUV_NO_RT', 'IUF_NO_TES']);
  });

  it('credits that were reversed to nothing brought no money', () => {
    expect(correct({ E: 100, R: 100, T: [0] })).toEqual(correct({ E: 100, R: 100 }));
    expect(incumbent({ E: 100, R: 100, T: [0] })).toEqual(incumbent({ E: 100, R: 100 }));
  });

  it('is UNKNOWN where no row holds', () => expect(correct({})).toEqual(['UNKNOWN']));

  const amount = fc.option(fc.constantFrom(60, 100), { nil: undefined });
  it('gives a body without notifications no label with IUD, whatever the facts', () => {
    const given = fc.record({ E: amount, R: amount, I: amount, Rtot: amount, T: fc.array(fc.constantFrom(40, 60, 100), { maxLength: 3 }) });
    fc.assert(
      fc.property(given, fc.constantFrom('correct' as const, 'as-incumbent' as const), (g, values) => {
        const facts = factsOf(JSON.parse(JSON.stringify(g)) as Given);
        const labels = legacyLabels(facts, { usesNotifications: false, values });
        expect(labels.filter((label) => label.includes('IUD'))).toEqual([]);
        expect(labels.length).toBeGreaterThan(0);
      }),
    );
  });
});

const HAPPY: LegacyLabel[] = ['RT_IUF', 'RT_IUF_TES', 'RT_NO_IUD'];
const UNFUNDED: LegacyLabel[] = ['RT_IUF', 'IUF_NO_TES', 'RT_NO_IUD'];
const DIFFERS: LegacyLabel[] = ['RT_IUF', 'IUF_TES_DIV_IMP', 'RT_NO_IUD'];
const ONLY_PAID: LegacyLabel[] = ['RT_NO_IUF', 'RT_NO_IUD'];

describe('The labels of the system in use, scenario by scenario', () => {
  test.each<[string, Given, LegacyLabel[]]>([
    ['1 all ties', { E: 100, R: 100, T: [100] }, HAPPY],
    ['2 with a notice', { E: 100, R: 100, T: [100], I: 100 }, ['RT_IUF', 'RT_IUF_TES', 'IUD_RT_IUF', 'IUD_RT_IUF_TES']],
    ['3, 4, 33 a receipt only', { E: 100 }, ONLY_PAID],
    ['5 no money yet', { E: 100, R: 100 }, UNFUNDED],
    ['8 no receipt', { R: 100, T: [100] }, ['IUV_NO_RT']],
    ['9 line of another amount', { E: 100, R: 90, T: [90] }, ONLY_PAID],
    ['10 credit short', { E: 100, R: 100, T: [99.5] }, DIFFERS],
    ['11 two credits for one flow: never a match, every row twice', { E: 100, R: 100, T: [60, 40] }, [...DIFFERS, ...DIFFERS]],
    ['12, 14, 32 text not read by the incumbent', { E: 100, R: 100, T: [] }, UNFUNDED],
    ['13 flow A of two paid by one credit', { E: 60, R: 60, T: [100] }, DIFFERS],
    ['13 flow B', { E: 40, R: 40 }, UNFUNDED],
    ['20, 21, 29 line before its receipt', { R: 100, outcome: '8' }, ['IUV_NO_RT', 'IUF_NO_TES']],
    ['22 revoked', { E: 100, R: 100, outcome: '3' }, ONLY_PAID],
    ['26, 34, 35 as 1', { E: 100, R: 100, T: [100] }, HAPPY],
    ['28 header differs from its rows: not noticed', { E: 99.99, R: 99.99, Rtot: 100, T: [100] }, HAPPY],
    ['30 stamp duty', { E: 16 }, ONLY_PAID],
    ['31 IUR differs: the receipt', { E: 100 }, ONLY_PAID],
    ['31 IUR differs: the line', { R: 100, T: [100] }, ['IUV_NO_RT']],
    ['36 notice of another amount', { I: 90, E: 100 }, ['IUD_NO_RT', 'RT_NO_IUF']],
    ['37 a notice only', { I: 90 }, ['IUD_NO_RT']],
    ['38 first row', { E: 60, R: 60, Rtot: 100, T: [100] }, HAPPY],
    ['38 second row', { R: 40, Rtot: 100, T: [100] }, ['IUV_NO_RT']],
  ])('scenario %s', (_name, given, labels) => expect([...incumbent(given)].sort()).toEqual([...labels].sort()));

  it('sees a duplicate only between outcomes 0 and 9', () => {
    expect(incumbent({ E: 100, R: 100, duplicate: true, twins: ['0'] })).not.toContain('DOPPI');
    expect(incumbent({ E: 100, R: 100, duplicate: true, twins: ['9'] })).toContain('DOPPI');
    expect(correct({ E: 100, R: 100, duplicate: true })).toContain('DOPPI');
  });

  it('the correct values differ from it where the sum of several credits ties', () => {
    expect(correct({ E: 100, R: 100, T: [60, 40] })).toEqual(['RT_IUF_TES', 'RT_IUF', 'RT_NO_IUD']);
  });
});

describe('The labels of a credit', () => {
  test.each<[boolean, boolean, LegacyLabel[]]>([
    [false, false, ['TES_NO_MATCH']],
    [true, false, ['TES_NO_IUF_OR_IUV']],
    [true, true, []],
  ])('id in the text %s, known %s: %j', (hasId, isKnown, labels) => expect(creditLabels({ hasId, isKnown })).toEqual(labels));
});
