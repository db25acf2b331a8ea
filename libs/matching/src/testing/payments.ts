import fc from 'fast-check';
import type { NoticeContent, ReceiptContent } from '@quadra/domain';
import { flowKey } from '@quadra/domain';
import { COMUNE, PROVINCIA, aNotice, aReceipt, day, eur } from '../../../../test/support/facts';
import type { FlowStanding, PaymentFacts, PaymentRules, StandingLine } from '../payments/facts';

/** What is known of one payment, as the engine sees it, with defaults: a spec names only what it is about. */

export const RULES: PaymentRules = { ruleSet: 'test-1', usesNotifications: false, receivesSecondaryReceipts: true };

export const aStandingLine = (lineIur: string, cents: number, over: Partial<StandingLine> = {}): StandingLine => ({
  iuf: 'F1',
  version: 'v1',
  lineIur,
  lineIndex: 1,
  ordinal: 0,
  amountCents: eur(cents),
  outcome: '0',
  paidOn: day('2026-03-02'),
  psp: 'PSP1',
  regulationOn: day('2026-03-03'),
  dropped: false,
  ...over,
});

/** A flow of a total that ties, with so much allocated to it. */
export const aStanding = (iuf: string, totalCents: number, allocatedCents = 0, over: Partial<FlowStanding> = {}): FlowStanding => ({
  iuf,
  totalCents: eur(totalCents),
  declaredCount: 1,
  linesCount: 1,
  linesCents: eur(totalCents),
  revokedCents: eur(0),
  allocatedCents: eur(allocatedCents),
  surplusCents: eur(0),
  credits: allocatedCents ? ['C1'] : [],
  ...(allocatedCents && { creditedOn: day('2026-03-04') }),
  rivals: [],
  ...over,
});

interface SomeFacts {
  readonly receipts?: readonly ReceiptContent[];
  readonly notices?: readonly NoticeContent[];
  readonly lines?: readonly StandingLine[];
  readonly flows?: readonly FlowStanding[];
}

export const facts = ({ receipts = [], notices = [], lines = [], flows = [] }: SomeFacts): PaymentFacts => ({
  receipts,
  notices,
  lines,
  flows: new Map(flows.map((f) => [flowKey(f.iuf), f])),
});

const cents = fc.constantFrom(100, 200);

const anyReceipts = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom('A', 'B', 'C'),
      amounts: fc.array(cents, { minLength: 1, maxLength: 2 }),
      issuer: fc.constantFrom(COMUNE, PROVINCIA),
      outcome: fc.constantFrom('OK' as const, 'OK' as const, 'KO' as const),
      stampDuty: fc.boolean(),
      iud: fc.constantFrom(undefined, 'D1'),
    })
    .map(({ id, amounts, issuer, outcome, stampDuty, iud }) =>
      aReceipt(id, amounts[0]!, {
        issuer,
        outcome,
        ...(iud !== undefined && { iud }),
        transfers: amounts.map((amount, i) => ({
          index: i + 1,
          amountCents: eur(amount),
          ...(stampDuty && i === 1 && { stampDuty: true as const }),
        })),
      }),
    ),
  // One content of one id comes once: the same one again is silence.
  { maxLength: 3, selector: (r) => JSON.stringify([r.receiptId, r.issuer, r.outcome, r.totalCents, r.transfers]) },
);

const anyNotices = fc.uniqueArray(
  fc
    .record({ iud: fc.constantFrom('D1', 'D2', 'D3'), amount: cents, on: fc.constantFrom('2026-03-01', '2026-03-02') })
    .map(({ iud, amount, on }) => aNotice(iud, amount, { executedOn: day(on) })),
  { maxLength: 3, selector: (n) => JSON.stringify(n) },
);

const anyLines = fc.uniqueArray(
  fc
    .record({
      iuf: fc.constantFrom('F1', 'F2'),
      lineIur: fc.constantFrom('A', 'B', 'X'),
      lineIndex: fc.constantFrom(1, 2, 3),
      ordinal: fc.constantFrom(0, 1),
      amount: cents,
      outcome: fc.constantFrom('0', '0', '3', '9', '7'),
      dropped: fc.boolean(),
      psp: fc.constantFrom('PSP1', 'PSP2'),
      held: fc.constantFrom(100, 300),
    })
    .map(({ amount, dropped, held, iuf, ...over }) =>
      aStandingLine(over.lineIur, amount, { ...over, iuf, dropped, ...(dropped && { heldTotalCents: eur(held) }) }),
    ),
  { maxLength: 4, selector: (l) => `${l.iuf}|${l.lineIur}|${l.lineIndex}|${l.ordinal}` },
);

const anyStanding = (iuf: string): fc.Arbitrary<FlowStanding> =>
  fc
    .record({
      total: fc.constantFrom(100, 200),
      allocated: fc.constantFrom(0, 50, 100, 300),
      surplus: fc.constantFrom(0, 10),
      rivals: fc.subarray(['w']),
    })
    .map(({ total, allocated, surplus, rivals }) => aStanding(iuf, total, allocated, { surplusCents: eur(surplus), rivals }));

/** Facts over a universe so small that receipts, lines and notices compete for each other. */
export const anyFacts: fc.Arbitrary<PaymentFacts> = fc
  .tuple(anyReceipts, anyNotices, anyLines, anyStanding('F1'), anyStanding('F2'))
  .map(([receipts, notices, lines, one, two]) => facts({ receipts, notices, lines, flows: [one, two] }));

export const anyRules: fc.Arbitrary<PaymentRules> = fc
  .tuple(fc.boolean(), fc.boolean())
  .map(([usesNotifications, receivesSecondaryReceipts]) => ({ ruleSet: 'test-1', usesNotifications, receivesSecondaryReceipts }));
