import type { Discrepancy, PaymentLife, TransferView } from '@quadra/domain';
import { DISCREPANCY_CODES, TRANSFER_STATES, UNBORN, evolvePayment, transfersOf } from '@quadra/domain';
import { aNotice, aReceipt, eur } from '../../../../test/support/facts';
import { concludePayment } from '../payments/conclude';
import { diffPayment } from '../payments/diff';
import type { PaymentFacts } from '../payments/facts';
import { RULES, aStanding, aStandingLine, facts } from '../testing/payments';
import { explain } from './explain';

const transferOf = (known: PaymentFacts): TransferView => {
  const life: PaymentLife = { ...UNBORN, receipts: known.receipts, notices: known.notices };
  return transfersOf(diffPayment(life, concludePayment(known, RULES), 'test-1').reduce(evolvePayment, life))[0]!;
};

const receipts = [aReceipt('A', 123456)];
const line = aStandingLine('A', 123456);
const examples: Readonly<Record<TransferView['state'], PaymentFacts>> = {
  notified: facts({ notices: [aNotice('D1', 100)] }),
  paid: facts({ receipts }),
  provisional: facts({ lines: [aStandingLine('A', 100, { outcome: '9' })], flows: [aStanding('F1', 100)] }),
  reported: facts({ receipts, lines: [line], flows: [aStanding('F1', 123456)] }),
  credited: facts({ receipts, lines: [line], flows: [aStanding('F1', 123456, 123456)] }),
  revoked: facts({ receipts, lines: [aStandingLine('A', 123456, { outcome: '3' })], flows: [aStanding('F1', 123456)] }),
  withdrawn: facts({ receipts, lines: [{ ...line, dropped: true }], flows: [aStanding('F1', 5)] }),
  excluded: facts({ receipts: [aReceipt('A', 100, { outcome: 'KO' })] }),
};

describe('the explanation of a transfer', () => {
  it.each(TRANSFER_STATES)('tells in both languages why it is %s, and by which document', (state) => {
    const transfer = transferOf(examples[state]);
    expect(transfer.state).toBe(state);
    for (const lang of ['en', 'it'] as const) {
      const text = explain(transfer, lang);
      expect(text).toMatch(/^\p{Lu}.+\.$/u);
      expect(text).not.toMatch(/undefined|null|NaN/);
      expect(text).toContain({ notified: 'D1', paid: 'A', excluded: 'RECEIPT_KO' }[state as string] ?? 'F1');
    }
    expect(explain(transfer, 'it')).not.toBe(explain(transfer, 'en'));
  });

  it('names the flow, its total, the credit and the value date of money that came', () => {
    expect(explain(transferOf(examples.credited), 'en')).toBe('Flow F1 (1234.56) is funded in full by C1, value date 2026-03-04.');
    expect(explain(transferOf(examples.credited), 'it')).toContain('1234,56');
  });

  it('says of a discrepancy what was expected and what was found', () => {
    const known = facts({ receipts, lines: [aStandingLine('A', 100)], flows: [aStanding('F1', 100)] });
    expect(explain(transferOf(known), 'en')).toContain(
      'LINE_AMOUNT_DIFFERS: the line states another amount than the receipt (expected 1234.56, found 1.00).',
    );
    expect(explain(transferOf(known), 'it')).toContain('(atteso 1234,56, trovato 1,00)');
  });

  it.each(DISCREPANCY_CODES)('has a sentence for %s in both languages', (code) => {
    const discrepancy: Discrepancy = { code, expectedCents: eur(1), foundCents: eur(2), others: ['X1'] };
    const transfer = { ...transferOf(examples.paid), discrepancies: [discrepancy] };
    for (const lang of ['en', 'it'] as const) expect(explain(transfer, lang)).toMatch(new RegExp(`${code}: .{10,} \\[X1\\]\\.$`));
  });
});
