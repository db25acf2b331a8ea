import fc from 'fast-check';
import { aNotice, aReceipt, COMUNE, PROVINCIA, day, eur } from '../../../../test/support/facts';
import { specify } from '../../../../test/support/specify';
import { receiptFingerprint } from './content';
import { payment, type PaymentCommand } from './decide';
import type { PaymentEvent, ReceiptContent } from './events';
import { UNBORN, countingNotices, countingReceipts, evolvePayment } from './life';

const received = (content: ReceiptContent): PaymentEvent => ({ type: 'ReceiptReceived', data: content });
const takeIn = (content: ReceiptContent): PaymentCommand => ({ type: 'TakeInReceipt', content });

const anyReceipt = fc
  .record({
    id: fc.constantFrom('R1', 'R2'),
    cents: fc.constantFrom(100, 200),
    outcome: fc.constantFrom('OK' as const, 'KO' as const),
    issuer: fc.constantFrom(COMUNE, PROVINCIA),
  })
  .map(({ id, cents, outcome, issuer }) => aReceipt(id, cents, { outcome, issuer }));
const anyNotice = fc
  .record({ iud: fc.constantFrom('D1', 'D2'), cents: fc.constantFrom(100, 200), on: fc.constantFrom('2026-03-01', '2026-03-02') })
  .map(({ iud, cents, on }) => aNotice(iud, cents, { executedOn: day(on) }));
const anyCommand: fc.Arbitrary<PaymentCommand> = fc.oneof(
  anyReceipt.map((content) => ({ type: 'TakeInReceipt' as const, content })),
  anyNotice.map((content) => ({ type: 'TakeInNotice' as const, content })),
);

describe('taking a receipt in', () => {
  const { given } = specify(payment);
  const receipt = aReceipt('R1', 100);
  const other = aReceipt('R1', 90);

  it('begins the life of a payment', () => given().when(takeIn(receipt)).then(received(receipt)));
  it('says nothing the second time', () => given(received(receipt)).when(takeIn(receipt)).thenNothing());
  it('says nothing about the same record in a format that holds less', () =>
    given(received({ ...receipt, noticeNumber: '301', pspName: 'A bank' }))
      .when(takeIn(receipt))
      .thenNothing());
  it('takes the hour of payment and the IUD from whichever format holds them, in any order of arrival', () => {
    const { paidAt: _, ...dated } = receipt;
    const timed = { ...dated, paidAt: '2026-03-01T10:00:00' };
    const named = { ...dated, iud: 'D1' };
    const take = (...contents: ReceiptContent[]) =>
      contents.reduce((life, content) => payment.decide(takeIn(content), life).reduce(evolvePayment, life), UNBORN);
    const [one, other] = [take(timed, named, timed), take(named, timed, named)].map((life) => countingReceipts(life));
    expect(one).toEqual(other);
    expect(one).toEqual([{ receipt: expect.objectContaining({ paidAt: '2026-03-01T10:00:00', iud: 'D1' }) as ReceiptContent, rivals: 0 }]);
  });
  it('does not mind in which order a document lists the transfers', () => {
    const [one, two] = [
      { index: 1, amountCents: eur(60) },
      { index: 2, amountCents: eur(40) },
    ];
    given(received(aReceipt('R1', 100, { transfers: [one, two] })))
      .when(takeIn(aReceipt('R1', 100, { transfers: [two, one] })))
      .thenNothing();
  });
  it('keeps another content of the same receipt as a conflict', () =>
    given(received(receipt)).when(takeIn(other)).then({ type: 'ReceiptConflicted', data: other }));
  it('says nothing about a conflict that it knows', () =>
    given(received(receipt), { type: 'ReceiptConflicted', data: other }).when(takeIn(other)).thenNothing());
  it('is news for another receipt under the same IUV', () =>
    given(received(receipt))
      .when(takeIn(aReceipt('R2', 100)))
      .then(received(aReceipt('R2', 100))));
});

describe('taking a notice in', () => {
  const { given } = specify(payment);
  const notice = aNotice('D1', 100);
  const notified: PaymentEvent = { type: 'PaymentNotified', data: notice };

  it('records what the body declares', () => given().when({ type: 'TakeInNotice', content: notice }).then(notified));
  it('says nothing the second time', () => given(notified).when({ type: 'TakeInNotice', content: notice }).thenNothing());
  it('records a correction, and the later execution date counts', () => {
    const corrected = aNotice('D1', 120, { executedOn: day('2026-03-09') });
    given(notified).when({ type: 'TakeInNotice', content: corrected }).then({ type: 'PaymentNotified', data: corrected });
    for (const notices of [
      [notice, corrected],
      [corrected, notice],
    ]) {
      expect(countingNotices({ notices })).toEqual([corrected]);
    }
  });
});

describe('the life of a payment', () => {
  it('takes in the same fact twice and adds nothing the second time, whatever came before', () =>
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 8 }), anyCommand, (history, last) => {
        expect(specify(payment).adds([...history, last], last)).toEqual([]);
      }),
      { numRuns: 500 },
    ));

  it('lets content decide between two contents of one receipt, never arrival', () =>
    fc.assert(
      fc.property(
        fc.array(anyReceipt, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }),
        (receipts, ranks) => {
          const later = receipts.map((r, i) => [ranks[i]!, r] as const).sort((a, b) => a[0] - b[0]);
          const counting = (contents: readonly ReceiptContent[]) =>
            countingReceipts(specify(payment).after(contents.map(takeIn))).map(({ receipt, rivals }) => [
              receiptFingerprint(receipt),
              rivals,
            ]);
          expect(counting(later.map(([, r]) => r))).toEqual(counting(receipts));
        },
      ),
    ));

  it('is folded over events of a newer version without a change, except that they count', () => {
    const before = evolvePayment(UNBORN, received(aReceipt('R1', 100)));
    const after = evolvePayment(before, { type: 'SomethingNewer', data: { what: 'ever' } } as never);
    expect(after).toEqual({ ...before, revision: before.revision + 1 });
  });

  it('is plain JSON, so that it can be kept beside a checkpoint', () =>
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 6 }), (commands) => {
        const life = specify(payment).after(commands);
        expect(JSON.parse(JSON.stringify(life))).toEqual(life);
      }),
    ));
});
