import fc from 'fast-check';
import type { PaymentLife, RecordedReport } from '@quadra/domain';
import { UNBORN, evolvePayment, lineKey, transfersOf } from '@quadra/domain';
import { aNotice } from '../../../../test/support/facts';
import { RULES, aStandingLine, anyFacts, anyRules, facts } from '../testing/payments';
import { concludePayment } from './conclude';
import { diffPayment } from './diff';
import type { PaymentFacts, PaymentRules } from './facts';

const withFacts = (life: PaymentLife, { receipts, notices }: PaymentFacts): PaymentLife => ({ ...life, receipts, notices });

/** What the stream says after the engine has looked at the facts. */
const lookAt = (life: PaymentLife, known: PaymentFacts, rules: PaymentRules): PaymentLife => {
  const now = withFacts(life, known);
  return diffPayment(now, concludePayment(known, rules), rules.ruleSet).reduce(evolvePayment, now);
};

/** What arrival may decide: the version a line was read from, and how it was attached when it was first said. */
const withoutVersion = ({ version: _, pairedBy: __, ...report }: RecordedReport) => report;

const byText = <T>(list: readonly T[]): T[] => [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const shown = (life: PaymentLife, lines: ReadonlySet<string>) => ({
  reports: byText(life.reports.filter((report) => lines.has(lineKey(report))).map(withoutVersion)),
  credited: byText(life.credited),
  discrepancies: byText(life.discrepancies),
});

describe('what is appended to a payment’s stream', () => {
  it('is nothing when the stream says it already', () =>
    fc.assert(
      fc.property(anyFacts, anyRules, (known, rules) => {
        const life = lookAt(UNBORN, known, rules);
        expect(diffPayment(life, concludePayment(known, rules), rules.ruleSet)).toEqual([]);
      }),
      { numRuns: 1_000 },
    ));

  it('leads from whatever was said before to what would be said at first sight, and then there is nothing more to say', () =>
    fc.assert(
      fc.property(fc.array(anyFacts, { minLength: 1, maxLength: 4 }), anyFacts, anyRules, (earlier, last, rules) => {
        const before = earlier.reduce((life, known) => lookAt(life, known, rules), UNBORN);
        const after = lookAt(before, last, rules);
        const lines = new Set(last.lines.map(lineKey));
        expect(shown(after, lines)).toEqual(shown(lookAt(UNBORN, last, rules), lines));
        expect(diffPayment(after, concludePayment(last, rules), rules.ruleSet)).toEqual([]);
        // A line that no document holds any more is forgotten.
        expect(after.reports.filter((report) => !lines.has(lineKey(report)))).toEqual([]);
      }),
      { numRuns: 1_000 },
    ));

  it('makes the stream show the same transfers, whatever was said before', () =>
    fc.assert(
      fc.property(anyFacts, anyFacts, anyRules, (first, last, rules) => {
        const growing: PaymentFacts = { ...first, lines: last.lines };
        const view = (life: PaymentLife) =>
          transfersOf(life).map((t) => ({ ...t, lines: t.lines.map(withoutVersion), line: t.line && withoutVersion(t.line) }));
        expect(view(lookAt(lookAt(UNBORN, growing, rules), last, rules))).toEqual(view(lookAt(UNBORN, last, rules)));
      }),
      { numRuns: 1_000 },
    ));

  it('shows a notice at the same transfer, whichever of two flows reported it first', () => {
    const lines = [aStandingLine('X', 100), aStandingLine('X', 200, { iuf: 'F2' }), aStandingLine('Y', 200, { iuf: 'F3' })];
    const known = facts({ notices: [aNotice('D1', 200)], lines });
    const late = { ...known, lines: lines.slice(1) };
    const bearers = (life: PaymentLife) =>
      transfersOf(life)
        .filter((t) => t.notice)
        .map((t) => t.key.iur);
    expect(bearers(lookAt(UNBORN, known, RULES))).toEqual(['Y']);
    expect(bearers(lookAt(lookAt(UNBORN, late, RULES), known, RULES))).toEqual(['Y']);
  });
});
