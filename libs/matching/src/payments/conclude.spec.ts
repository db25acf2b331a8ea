import fc from 'fast-check';
import type { PaymentFacts, PaymentRules } from './facts';
import type { DiscrepancyCode, PaymentLife } from '@quadra/domain';
import { UNBORN, evolvePayment, transfersOf } from '@quadra/domain';
import { PROVINCIA, aNotice, aReceipt, eur } from '../../../../test/support/facts';
import { RULES, aStanding, aStandingLine, anyFacts, anyRules, facts } from '../testing/payments';
import { concludePayment } from './conclude';
import { diffPayment } from './diff';
import { flowTies, linesTotal } from './facts';

/** The stream that the facts and their conclusion make. */
const lifeOf = (known: PaymentFacts, rules: PaymentRules = RULES): PaymentLife => {
  const life: PaymentLife = { ...UNBORN, receipts: known.receipts, notices: known.notices };
  return diffPayment(life, concludePayment(known, rules), rules.ruleSet).reduce(evolvePayment, life);
};

/** `key state CODE,CODE`, one text per transfer. */
const says = (known: PaymentFacts, rules?: PaymentRules): string[] =>
  transfersOf(lifeOf(known, rules)).map((t) =>
    [`${t.key.iur}.${t.key.index}`, t.state, t.discrepancies.map((d) => d.code).join(',')].join(' ').trim(),
  );

const discrepancy = (known: PaymentFacts, code: DiscrepancyCode, rules?: PaymentRules) =>
  transfersOf(lifeOf(known, rules))
    .flatMap((t) => t.discrepancies)
    .find((d) => d.code === code);

const receipt = aReceipt('A', 100);
const line = aStandingLine('A', 100);
const funded = aStanding('F1', 100, 100);
const unfunded = aStanding('F1', 100);

describe('pairing a line with a receipt', () => {
  it('1: is by the IUR of the line and the index, whatever the amounts', () =>
    expect(says(facts({ receipts: [receipt], lines: [aStandingLine('A', 90)], flows: [unfunded] }))).toEqual([
      'A.1 reported LINE_AMOUNT_DIFFERS',
    ]));

  it('2: is by the only transfer of that amount where the flow carries another index', () =>
    expect(says(facts({ receipts: [receipt], lines: [aStandingLine('A', 100, { lineIndex: 5 })], flows: [unfunded] }))).toEqual([
      'A.1 reported',
    ]));

  it('2: is not by amount where two transfers of the receipt have it', () => {
    const twins = aReceipt('A', 200, {
      transfers: [
        { index: 1, amountCents: eur(100) },
        { index: 2, amountCents: eur(100) },
      ],
    });
    expect(says(facts({ receipts: [twins], lines: [aStandingLine('A', 100, { lineIndex: 5 })], flows: [unfunded] }))).toEqual([
      'A.1 paid',
      'A.2 paid',
      'A.5 reported RECEIPT_MISSING',
    ]);
  });

  it('3: is by index and amount when the PSP wrote another IUR and exactly one line and one free transfer fit', () =>
    expect(says(facts({ receipts: [receipt], lines: [aStandingLine('X', 100)], flows: [unfunded] }))).toEqual([
      'A.1 reported IUR_DIFFERS',
    ]));

  it('3: is never a guess between two receipts, or between two lines', () => {
    const two = says(
      facts({ receipts: [receipt, aReceipt('B', 100, { issuer: PROVINCIA })], lines: [aStandingLine('X', 100)], flows: [unfunded] }),
    );
    expect(two.filter((t) => t.includes('IUR_DIFFERS'))).toEqual([]);
    const lines = [aStandingLine('X', 100), aStandingLine('Y', 100)];
    expect(says(facts({ receipts: [receipt], lines, flows: [unfunded] })).filter((t) => t.includes('IUR_DIFFERS'))).toEqual([]);
  });

  it('3: leaves a receipt alone that says KO', () =>
    expect(says(facts({ receipts: [aReceipt('A', 100, { outcome: 'KO' })], lines: [aStandingLine('X', 100)], flows: [unfunded] }))).toEqual(
      ['A.1 excluded', 'X.1 reported RECEIPT_MISSING'],
    ));

  it('4: leaves a line alone that nothing explains', () =>
    expect(says(facts({ lines: [line], flows: [unfunded] }))).toEqual(['A.1 reported RECEIPT_MISSING']));
});

describe('the state of a transfer', () => {
  it.each([
    ['the receipt says KO', aReceipt('A', 100, { outcome: 'KO' })],
    ['the transfer is a digital revenue stamp', aReceipt('A', 16, { transfers: [{ index: 1, amountCents: eur(16), stampDuty: true }] })],
    ['its amount is zero', aReceipt('A', 0)],
    ['the receipt brings this body nothing', aReceipt('A', 100, { transfers: [], othersCents: eur(100) })],
  ])('is excluded when %s, also when money came', (_, content) =>
    expect(says(facts({ receipts: [content], lines: [aStandingLine('A', 100)], flows: [funded] }))[0]).toMatch(/^A\.1 excluded/),
  );

  it('is revoked when its line has outcome 3, also when the flow is funded', () =>
    expect(says(facts({ receipts: [receipt], lines: [aStandingLine('A', 100, { outcome: '3' })], flows: [funded] }))).toEqual([
      'A.1 revoked',
    ]));

  it('is credited when its flow is funded in full, to the cent', () => {
    expect(says(facts({ receipts: [receipt], lines: [line], flows: [funded] }))).toEqual(['A.1 credited']);
    expect(says(facts({ receipts: [receipt], lines: [line], flows: [aStanding('F1', 100, 99)] }))).toEqual([
      'A.1 reported FLOW_PARTLY_CREDITED',
    ]);
  });

  it('is not credited by a flow of zero for which nothing came', () =>
    expect(says(facts({ receipts: [receipt], lines: [line], flows: [aStanding('F1', 0)] }))[0]).toMatch(/^A\.1 reported/));

  it('is withdrawn when a later version dropped its line before the money came', () =>
    expect(
      says(
        facts({
          receipts: [receipt],
          lines: [aStandingLine('A', 100, { dropped: true, heldTotalCents: eur(150) })],
          flows: [aStanding('F1', 50, 50)],
        }),
      ),
    ).toEqual(['A.1 withdrawn']));

  it('is not withdrawn while another line reports it', () => {
    const lines = [aStandingLine('A', 100, { dropped: true }), aStandingLine('A', 100, { iuf: 'F2' })];
    expect(says(facts({ receipts: [receipt], lines, flows: [unfunded, aStanding('F2', 100)] }))).toEqual(['A.1 reported']);
  });

  it.each(['4', '8', '9'])('is provisional for outcome %s while the receipt is awaited', (outcome) => {
    const lines = [aStandingLine('A', 100, { outcome })];
    expect(says(facts({ lines, flows: [unfunded] }))).toEqual(['A.1 provisional RECEIPT_MISSING']);
    expect(says(facts({ receipts: [receipt], lines, flows: [unfunded] }))).toEqual(['A.1 reported']);
    expect(says(facts({ lines, flows: [funded] }))).toEqual(['A.1 credited RECEIPT_MISSING']);
  });

  it('is reported by a line in a flow that is not funded in full', () =>
    expect(says(facts({ receipts: [receipt], lines: [line], flows: [unfunded] }))).toEqual(['A.1 reported']));

  it('is paid when there is a receipt and no line', () => expect(says(facts({ receipts: [receipt] }))).toEqual(['A.1 paid']));

  it('is notified when there is a notice only', () =>
    expect(says(facts({ notices: [aNotice('D1', 100)] }))).toEqual(['notice:D1.1 notified']));
});

describe('a line that a later version dropped', () => {
  const dropped = aStandingLine('A', 100, { dropped: true, heldTotalCents: eur(150) });

  it('stays credited when the money came for the version that held it', () => {
    const known = facts({ receipts: [receipt], lines: [dropped], flows: [aStanding('F1', 50, 150)] });
    expect(says(known)).toEqual(['A.1 credited REVISION_AFTER_FUNDING']);
    expect(discrepancy(known, 'REVISION_AFTER_FUNDING')).toMatchObject({ expectedCents: 50, foundCents: 150 });
  });

  it('is withdrawn when the money reaches less than that version declared', () =>
    expect(says(facts({ receipts: [receipt], lines: [dropped], flows: [aStanding('F1', 50, 149)] }))).toEqual(['A.1 withdrawn']));

  it('carries nothing about its flow or its receipt once it is withdrawn', () =>
    expect(says(facts({ lines: [dropped], flows: [aStanding('F1', 50, 20, { rivals: ['w'], linesCount: 9 })] }))).toEqual([
      'A.1 withdrawn',
    ]));
});

describe('the discrepancies of a transfer', () => {
  const notified: PaymentRules = { ...RULES, usesNotifications: true };

  it('RECEIPT_MISSING: not for a revoked line, and not for shares 2 to 5 of a body that gets no secondary receipts', () => {
    expect(says(facts({ lines: [aStandingLine('A', 100, { outcome: '3' })], flows: [unfunded] }))).toEqual(['A.1 revoked']);
    const second = facts({ lines: [aStandingLine('A', 100, { lineIndex: 2 })], flows: [unfunded] });
    expect(says(second, { ...RULES, receivesSecondaryReceipts: false })).toEqual(['A.2 reported']);
    expect(says(second)).toEqual(['A.2 reported RECEIPT_MISSING']);
  });

  it('LINE_AMOUNT_DIFFERS: says what the receipt states and what the line states', () =>
    expect(discrepancy(facts({ receipts: [receipt], lines: [aStandingLine('A', 90)], flows: [unfunded] }), 'LINE_AMOUNT_DIFFERS')).toEqual({
      code: 'LINE_AMOUNT_DIFFERS',
      expectedCents: 100,
      foundCents: 90,
    }));

  it('IUR_DIFFERS: names the IUR that the line states', () =>
    expect(discrepancy(facts({ receipts: [receipt], lines: [aStandingLine('X', 100)], flows: [unfunded] }), 'IUR_DIFFERS')).toMatchObject({
      others: ['X'],
    }));

  it('NOTICE_MISSING: only for a body that uses notices', () => {
    expect(says(facts({ receipts: [receipt] }), notified)).toEqual(['A.1 paid NOTICE_MISSING']);
    expect(says(facts({ receipts: [receipt] }))).toEqual(['A.1 paid']);
    expect(says(facts({ receipts: [receipt], notices: [aNotice('D1', 100)] }), notified)).toEqual(['A.1 paid']);
  });

  it('NOTICE_AMOUNT_DIFFERS: expected is the receipt, found the notice; a notice over the whole receipt agrees', () => {
    const other = facts({ receipts: [receipt], notices: [aNotice('D1', 80)] });
    expect(discrepancy(other, 'NOTICE_AMOUNT_DIFFERS', notified)).toEqual({
      code: 'NOTICE_AMOUNT_DIFFERS',
      expectedCents: 100,
      foundCents: 80,
    });
    const whole = facts({ receipts: [aReceipt('A', 100, { totalCents: eur(116) })], notices: [aNotice('D1', 116)] });
    expect(discrepancy(whole, 'NOTICE_AMOUNT_DIFFERS', notified)).toBeUndefined();
  });

  it('FLOW_TOTAL_DIFFERS: expected is what the header declares, found what the lines bring', () => {
    const flow = aStanding('F1', 100, 0, { linesCents: eur(90) });
    expect(discrepancy(facts({ receipts: [receipt], lines: [line], flows: [flow] }), 'FLOW_TOTAL_DIFFERS')).toMatchObject({
      expectedCents: 100,
      foundCents: 90,
    });
  });

  it('FLOW_PARTLY_CREDITED: expected is the total of the flow, found what is allocated', () =>
    expect(
      discrepancy(facts({ receipts: [receipt], lines: [line], flows: [aStanding('F1', 100, 40)] }), 'FLOW_PARTLY_CREDITED'),
    ).toMatchObject({
      expectedCents: 100,
      foundCents: 40,
    }));

  it('CREDIT_OVER: found is the sum of the credits that name the flow', () => {
    const flow = aStanding('F1', 100, 100, { surplusCents: eur(30) });
    expect(discrepancy(facts({ receipts: [receipt], lines: [line], flows: [flow] }), 'CREDIT_OVER')).toMatchObject({
      expectedCents: 100,
      foundCents: 130,
    });
  });

  it('DUPLICATE_PAYMENT: two receipts of one issuer under one notice, both effective', () => {
    expect(says(facts({ receipts: [receipt, aReceipt('B', 100)] }))).toEqual(['A.1 paid DUPLICATE_PAYMENT', 'B.1 paid DUPLICATE_PAYMENT']);
    expect(says(facts({ receipts: [receipt, aReceipt('B', 100, { outcome: 'KO' })] }))).toEqual(['A.1 paid', 'B.1 excluded']);
  });

  it('DUPLICATE_PAYMENT: not of further transfers that a body without receipts of others knows from lines alone', () => {
    const lines = ['A', 'B'].map((iur) => aStandingLine(iur, 100, { lineIndex: 2 }));
    const alone = (receivesSecondaryReceipts: boolean) =>
      says(facts({ lines, flows: [unfunded] }), { ...RULES, receivesSecondaryReceipts }).map((text) => text.includes('DUPLICATE_PAYMENT'));
    expect(alone(false)).toEqual([false, false]);
    expect(alone(true)).toEqual([true, true]);
  });

  it('DUPLICATE_PAYMENT: not between issuers whose IUVs collide at a secondary beneficiary', () =>
    expect(says(facts({ receipts: [receipt, aReceipt('B', 100, { issuer: PROVINCIA })] }))).toEqual(['A.1 paid', 'B.1 paid']));

  it('DUPLICATE_PAYMENT: where a receipt is missing, only for equal amounts', () => {
    const withLine = (cents: number) => says(facts({ receipts: [receipt], lines: [line, aStandingLine('B', cents)], flows: [unfunded] }));
    expect(withLine(100)).toEqual(['A.1 reported DUPLICATE_PAYMENT', 'B.1 reported DUPLICATE_PAYMENT,RECEIPT_MISSING']);
    expect(withLine(70)).toEqual(['A.1 reported', 'B.1 reported RECEIPT_MISSING']);
  });

  it('REPORTED_TWICE: in two flows, or twice in one', () => {
    const two = facts({
      receipts: [receipt],
      lines: [line, aStandingLine('A', 100, { iuf: 'F2' })],
      flows: [unfunded, aStanding('F2', 100)],
    });
    expect(discrepancy(two, 'REPORTED_TWICE')).toMatchObject({ others: ['F1', 'F2'] });
    const twice = facts({ receipts: [receipt], lines: [line, aStandingLine('A', 100, { ordinal: 1 })], flows: [unfunded] });
    expect(discrepancy(twice, 'REPORTED_TWICE')).toMatchObject({ others: ['F1'] });
  });

  it('RECEIPT_CONFLICT: the smaller content counts, whatever came first', () => {
    const other = aReceipt('A', 90);
    for (const receipts of [
      [receipt, other],
      [other, receipt],
    ]) {
      expect(says(facts({ receipts, lines: [line], flows: [unfunded] }))).toEqual(['A.1 reported RECEIPT_CONFLICT']);
    }
  });

  it('FLOW_CONFLICT: names the rival versions', () =>
    expect(
      discrepancy(facts({ receipts: [receipt], lines: [line], flows: [aStanding('F1', 100, 0, { rivals: ['w'] })] }), 'FLOW_CONFLICT'),
    ).toMatchObject({
      others: ['w'],
    }));

  it('UNKNOWN_OUTCOME: for a code that nobody has published', () =>
    expect(says(facts({ receipts: [receipt], lines: [aStandingLine('A', 100, { outcome: '7' })], flows: [unfunded] }))).toEqual([
      'A.1 reported UNKNOWN_OUTCOME',
    ]));
});

describe('the header of a flow ties with its lines', () => {
  const figures = { declaredCount: 2, linesCount: 2, linesCents: eur(150), revokedCents: eur(50) };
  it.each([
    ['revoked lines count as positive amounts', 150, true],
    ['revoked lines count as negative amounts', 50, true],
    ['revoked lines are left out, which no rule allows', 100, false],
  ])('when %s: total %p is %p', (_, total, ties) => expect(flowTies({ ...figures, totalCents: eur(total) })).toBe(ties));
  it('never when a line is missing, even if the cents agree', () =>
    expect(flowTies({ ...figures, declaredCount: 3, totalCents: eur(150) })).toBe(false));
  it.each([
    ['revoked lines count as positive amounts', 150, 150],
    ['revoked lines count as negative amounts', 50, 50],
    ['neither ties: the sign of the outcome counts', 100, 50],
  ])('and its lines sum up to what ties, when %s', (_, total, sum) => expect(linesTotal({ ...figures, totalCents: eur(total) })).toBe(sum));
});

describe('the conclusion about a payment', () => {
  const permute = <T>(items: readonly T[], ranks: readonly number[]): T[] =>
    items
      .map((item, i) => [ranks[i % ranks.length]!, item] as const)
      .sort((a, b) => a[0] - b[0])
      .map(([, item]) => item);

  const sorted = (known: PaymentFacts, rules: PaymentRules) => {
    const { reports, transfers } = concludePayment(known, rules);
    const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    return { reports: [...reports].sort(byText), transfers: [...transfers].sort(byText) };
  };

  it('is the same for every order of receipts, notices and lines', () =>
    fc.assert(
      fc.property(anyFacts, anyRules, fc.array(fc.nat(9), { minLength: 5, maxLength: 5 }), (known, rules, ranks) => {
        const other = {
          ...known,
          receipts: permute(known.receipts, ranks),
          notices: permute(known.notices, ranks),
          lines: permute(known.lines, ranks),
        };
        expect(sorted(other, rules)).toEqual(sorted(known, rules));
      }),
      { numRuns: 1_500 },
    ));

  it('attaches every line to exactly one transfer and loses none', () =>
    fc.assert(
      fc.property(anyFacts, anyRules, (known, rules) => {
        const { reports, transfers } = concludePayment(known, rules);
        expect(reports).toHaveLength(known.lines.length);
        const keys = transfers.map((t) => `${t.key.iur}.${t.key.index}`);
        expect(new Set(keys).size).toBe(keys.length);
        for (const r of reports) expect(keys).toContain(`${r.iur}.${r.index}`);
      }),
      { numRuns: 500 },
    ));

  it('holds a closed transfer free of what concerns money and receipts', () =>
    fc.assert(
      fc.property(anyFacts, anyRules, (known, rules) => {
        for (const t of transfersOf(lifeOf(known, rules))) {
          if (!['withdrawn', 'excluded', 'revoked'].includes(t.state)) continue;
          expect(t.discrepancies.filter((d) => /^(RECEIPT_MISSING|FLOW_|CREDIT_|REVISION)/.test(d.code))).toEqual([]);
        }
      }),
      { numRuns: 500 },
    ));
});
