import { PUBLIC_TRANSFER_STATES, PUBLIC_FLOW_STATES, assertPublicEvent } from '@quadra/event-feed';
import type { CreditEvent, CreditLife, PaymentEvent, PaymentLife, ReceiptContent, SettlementFlowEvent } from '@quadra/domain';
import {
  NO_CREDIT,
  NO_FLOW,
  TRANSFER_STATES,
  UNBORN,
  evolveCredit,
  evolveFlow,
  evolvePayment,
  transfersOf,
  versionKey,
} from '@quadra/domain';
import { COMUNE, PROVINCIA, aCredit, aFlow, aLine, aNotice, aReceipt, day, eur, idOfCredit } from '../../../../test/support/facts';
import type { FlowDocument } from '../../../../test/support/facts';
import type { CreditBook } from './credits';
import { creditDrafts } from './credits';
import type { Draft } from './draft';
import { subjectOf } from './draft';
import { fileDrafts } from './files';
import type { FlowBook } from './flows';
import { flowDrafts } from './flows';
import { paymentDrafts } from './transfers';

const cause = { position: 5n, type: 'Fact', recordedAt: '2026-03-05T08:00:00.000Z', ruleSet: 'base-1' };

/** Every event of these specs follows its contract. */
const checked = (drafts: readonly Draft[]): readonly Draft[] => {
  for (const { type, data } of drafts) assertPublicEvent(type, data);
  return drafts;
};
const named = (drafts: readonly Draft[]) =>
  drafts.map((d) => d.type.replace(/^it\.quadra\.|\.v1$/g, '') + (d.correction ? ' (correction)' : ''));
const data = (drafts: readonly Draft[], at = 0): any => drafts[at]!.data;

describe('of a payment the public is told', () => {
  const received = (receipt: ReceiptContent): PaymentEvent => ({ type: 'ReceiptReceived', data: receipt });
  const reported = (over: object = {}): PaymentEvent => ({
    type: 'TransferReported',
    data: {
      ...{
        iuf: 'F1',
        version: 'v',
        lineIur: 'R1',
        lineIndex: 1,
        ordinal: 0,
        amountCents: eur(100),
        outcome: '0',
        paidOn: day('2026-03-02'),
      },
      ...{ psp: 'PSP1', regulationOn: day('2026-03-03'), iur: 'R1', index: 1, pairedBy: 'iur', ruleSet: 'base-1', ...over },
    },
  });
  const credited: PaymentEvent = {
    type: 'TransferCredited',
    data: {
      ...{ iur: 'R1', index: 1, iuf: 'F1', creditedOn: day('2026-03-04'), flowCents: eur(100), allocatedCents: eur(100) },
      ...{ credits: ['c'], ruleSet: 'base-1' },
    },
  };
  const withdrawn: PaymentEvent = {
    type: 'TransferCreditWithdrawn',
    data: { iur: 'R1', index: 1, iuf: 'F1', flowCents: eur(100), allocatedCents: eur(0), ruleSet: 'base-1' },
  };
  const discrepancy = (...discrepancies: { code: 'CREDIT_SHORT' | 'DUPLICATE_PAYMENT'; foundCents?: never }[]): PaymentEvent => ({
    type: 'DiscrepanciesChanged',
    data: { iur: 'R1', index: 1, discrepancies, ruleSet: 'base-1' },
  });
  const lifeOf = (...events: PaymentEvent[]): PaymentLife => events.reduce(evolvePayment, UNBORN);
  /** What the last event says, after the others. */
  const last = (...events: PaymentEvent[]): readonly Draft[] => {
    const before = transfersOf(lifeOf(...events.slice(0, -1)));
    const step = { org: COMUNE, iuv: 'IUV1', cause: { ...cause, type: events.at(-1)!.type } };
    return checked(paymentDrafts({ ...step, before: events.length > 1 ? before : [], after: transfersOf(lifeOf(...events)) }));
  };
  const receipt = received(aReceipt('R1', 100));

  it('that it was received, with its state, once', () => {
    const drafts = last(receipt);
    expect(named(drafts)).toEqual(['payment.received']);
    expect(data(drafts)).toMatchObject({
      org: COMUNE,
      issuer: COMUNE,
      iuv: 'IUV1',
      iur: 'R1',
      state: 'paid',
      amountCents: 100,
      provisional: false,
    });
  });

  it('each beneficiary line by itself', () => {
    const transfers = [1, 2].map((index) => ({ index, amountCents: eur(50) }));
    expect(last(received(aReceipt('R1', 100, { transfers }))).map((d) => d.subject)).toEqual([
      `${COMUNE}/payments/IUV1/R1/1`,
      `${COMUNE}/payments/IUV1/R1/2`,
    ]);
  });

  it('that a flow reports it, and that the money is there', () => {
    expect(data(last(receipt, reported()))).toMatchObject({
      from: 'paid',
      to: 'reported',
      reasonCode: 'TransferReported',
      creditedCents: 0,
    });
    const arrived = last(receipt, reported(), credited);
    expect(named(arrived)).toEqual(['transfer.state-changed']);
    expect(data(arrived)).toMatchObject({ from: 'reported', to: 'credited', creditedCents: 100, evidence: ['flow:F1', 'credit:c'] });
  });

  it('that the money is not there after all, as a correction', () => {
    const drafts = last(receipt, reported(), credited, withdrawn);
    expect(named(drafts)).toEqual(['transfer.state-changed (correction)']);
    expect(data(drafts)).toMatchObject({ from: 'credited', to: 'reported', creditedCents: 0, evidence: ['flow:F1'] });
  });

  it('that it is provisional while only a flow speaks of it, and received when the receipt comes', () => {
    const provisional = last(reported({ outcome: '9' }));
    expect([named(provisional), data(provisional).provisional]).toEqual([['payment.received'], true]);
    const confirmed = last(reported({ outcome: '9' }), receipt);
    expect(named(confirmed)).toEqual(['payment.received', 'transfer.state-changed']);
    expect(data(confirmed)).toMatchObject({ provisional: false, state: 'reported' });
  });

  it('not that it was received when the receipt says that it failed', () => {
    const drafts = last(received(aReceipt('R1', 100, { outcome: 'KO' })));
    expect(named(drafts)).toEqual(['transfer.state-changed']);
    expect(data(drafts)).toMatchObject({ from: null, to: 'excluded' });
  });

  it('that a notice turned out to be of a payment that is known: the notice is no transfer of its own any more', () => {
    const drafts = last({ type: 'PaymentNotified', data: aNotice('IUD1', 100) }, receipt);
    expect(named(drafts)).toEqual(['payment.received', 'transfer.state-changed (correction)']);
    expect(data(drafts, 1)).toMatchObject({ iur: null, from: 'notified', to: null });
  });

  it('what does not tie any more, what ties again, and nothing when nothing changed', () => {
    const short = discrepancy({ code: 'CREDIT_SHORT' });
    expect(named(last(receipt, short))).toEqual(['transfer.discrepancy-opened']);
    expect(data(last(receipt, short))).toMatchObject({ code: 'CREDIT_SHORT', causeParty: 'psp', since: cause.recordedAt });
    expect(named(last(receipt, short, discrepancy()))).toEqual(['transfer.discrepancy-closed']);
    expect(last(receipt, short, short)).toEqual([]);
    expect(named(last(receipt, short, discrepancy({ code: 'CREDIT_SHORT', foundCents: 7 as never })))).toEqual([
      'transfer.discrepancy-opened (correction)',
    ]);
  });

  it('that a due was paid twice, with all transfers that are concerned', () => {
    const drafts = last(receipt, discrepancy({ code: 'DUPLICATE_PAYMENT' }));
    expect(named(drafts)).toEqual(['transfer.discrepancy-opened', 'duplicate.found']);
    expect(data(drafts, 1)).toEqual({
      org: COMUNE,
      iuv: 'IUV1',
      kind: 'DUPLICATE_PAYMENT',
      transfers: [{ iur: 'R1', transferIndex: 1, amountCents: 100 }],
    });
  });

  it('nothing of the debtor', () => {
    const personal = { personalRef: 'file_1:0:1', debtorDigest: 'd1gest', iud: 'IUD-ROSSI' };
    const text = JSON.stringify(last(received(aReceipt('R1', 100, personal))), (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
    for (const value of Object.values(personal)) expect(text).not.toContain(value);
  });
});

const eventsOf = ({ header, lines }: FlowDocument): SettlementFlowEvent[] => {
  const version = versionKey(header);
  const cents = eur(lines.reduce((sum, line) => sum + line[3], 0));
  return [
    { type: 'SettlementFlowReported', data: { ...header, version } },
    { type: 'SettlementFlowCompleted', data: { version, count: lines.length, linesCents: cents, revokedCents: eur(0) } },
  ];
};
const flowLife = (...events: SettlementFlowEvent[]): FlowBook => ({ life: events.reduce(evolveFlow, NO_FLOW), shares: {} });
const first = aFlow('F1', [aLine('I1', 'R1', 60), aLine('I2', 'R2', 40)]);
const second = aFlow('F1', [aLine('I1', 'R1', 60)], { flowDateTime: '2026-03-05T06:00:00', revision: 2 });

describe('of a settlement flow the public is told', () => {
  const step = (before: FlowBook, after: FlowBook): readonly Draft[] =>
    checked(flowDrafts({ org: COMUNE, key: 'F1', cause, before, after }));
  const whole = flowLife(...eventsOf(first));

  it('nothing before it is read to its end, then what it declares and whether it ties', () => {
    const begun = flowLife(eventsOf(first)[0]!);
    expect(step(flowLife(), begun)).toEqual([]);
    const drafts = step(begun, whole);
    expect(named(drafts)).toEqual(['flow.published']);
    expect(data(drafts)).toMatchObject({ iuf: 'F1', psp: 'PSP1', revision: 1, totalCents: 100, count: 2, rowsTotalCents: 100, ties: true });
  });

  it('that another version counts, or none, as a correction with both', () => {
    const revised = flowLife(...eventsOf(first), ...eventsOf(second));
    const drafts = step(whole, revised);
    expect(named(drafts)).toEqual(['flow.superseded (correction)']);
    expect(data(drafts)).toMatchObject({ because: 'revision', previous: { totalCents: 100 }, current: { totalCents: 60, revision: 2 } });
    const voided = flowLife(...eventsOf(first), {
      type: 'SettlementFlowVoided',
      data: { version: versionKey(first.header), reason: 'wrong file' },
    });
    expect(data(step(whole, voided))).toMatchObject({ because: 'withdrawn', current: null });
  });

  it('what money came for it and from where, and when it is taken away again', () => {
    const funding = { iuf: 'F1', allocatedCents: eur(100), surplusCents: eur(0), credits: ['c'], creditedOn: day('2026-03-04') };
    const funded: FlowBook = { ...whole, funding, shares: { c: 100 } };
    const drafts = step(whole, funded);
    expect(named(drafts)).toEqual(['flow.funding-changed']);
    expect(data(drafts)).toMatchObject({
      state: 'funded',
      residualCents: 0,
      credits: [{ creditId: 'c', cents: 100 }],
      creditedOn: '2026-03-04',
    });
    expect(named(step(funded, whole))).toEqual(['flow.funding-changed (correction)']);
    expect(step(funded, funded)).toEqual([]);
  });
});

describe('of a credit the public is told', () => {
  const creditId = idOfCredit('4411');
  const booked: CreditEvent = { type: 'CreditBooked', data: aCredit('4411', 100, ['F1']) };
  const reversed: CreditEvent = { type: 'CreditReversed', data: { on: day('2026-03-06'), amountCents: eur(30), ordinal: 0 } };
  const order = { on: day('2026-03-07'), amountCents: eur(62), ordinal: 0, order: '998', orderYear: 2026 };
  const life = (...events: CreditEvent[]): CreditLife => events.reduce(evolveCredit, NO_CREDIT);
  const allocation = (cents: number) => ({
    ...{ creditId, iuf: 'F1', cents: eur(cents), creditedOn: day('2026-03-04'), tier: 'exact' as const, evidence: ['remittance:exact'] },
  });
  const book = (of: CreditLife, ...cents: number[]): CreditBook => ({ life: of, allocations: cents.map(allocation) });
  const step = (before: CreditBook, after: CreditBook, flow: FlowBook = flowLife(...eventsOf(first))): readonly Draft[] =>
    checked(creditDrafts({ org: PROVINCIA, creditId, cause, before, after, flowBefore: () => flow, flowAfter: () => flow }));

  it('that it was booked, and that the same document now says something else', () => {
    expect(named(step(book(NO_CREDIT), book(life(booked))))).toEqual(['credit.booked']);
    const other: CreditEvent = { type: 'CreditConflicted', data: aCredit('4411', 90, ['F1'], { bookedOn: day('2026-03-01') }) };
    const drafts = step(book(life(booked)), book(life(booked, other)));
    expect(named(drafts)).toEqual(['credit.booked (correction)']);
    expect(data(drafts)).toMatchObject({ amountCents: 90, bookedOn: '2026-03-01' });
  });

  it('that it was taken back in part, with what is left', () => {
    const drafts = step(book(life(booked)), book(life(booked, reversed)));
    expect(named(drafts)).toEqual(['credit.reversed (correction)']);
    expect(data(drafts)).toMatchObject({ amountCents: 30, totalReversedCents: 30, netCents: 70 });
  });

  it('which collection order covers it, and that this was undone', () => {
    const covered = life(booked, { type: 'CreditRegularized', data: order });
    expect(data(step(book(life(booked)), book(covered)))).toMatchObject({
      reversalNumber: '998',
      amountCents: 62,
      totalRegularizedCents: 62,
    });
    const undone = step(book(covered), book(evolveCredit(covered, { type: 'CreditRegularizationReverted', data: order })));
    expect(named(undone)).toEqual(['credit.regularization-reverted (correction)']);
    expect(data(undone)).toMatchObject({ amountCents: 62, totalRegularizedCents: 0 });
  });

  it('that it is explained and can be booked, when flows that tie bring its whole net amount', () => {
    const drafts = step(book(life(booked)), book(life(booked), 100));
    expect(named(drafts)).toEqual(['credit.explained']);
    expect(data(drafts)).toMatchObject({ allocatedCents: 100, residualCents: 0, bookable: true, bookableBecause: [], method: 'iuf-exact' });
    expect(data(drafts).flows).toEqual([{ iuf: 'F1', psp: 'PSP1', revision: 1, allocatedCents: 100 }]);
  });

  it.each<[string, CreditBook, FlowBook | undefined, string[]]>([
    ['a part of it is not explained', book(life(booked), 60), undefined, ['RESIDUAL_LEFT']],
    ['more is explained than a storno has left', book(life(booked, reversed), 100), undefined, ['OVER_ALLOCATED']],
    [
      'its flow does not tie',
      book(life(booked), 100),
      flowLife(...eventsOf(aFlow('F1', [aLine('I', 'R', 100)], { declaredCents: eur(99) }))),
      ['FLOW_TOTAL_DIFFERS'],
    ],
    ['its flow was taken back', book(life(booked), 100), flowLife(), ['FLOW_WITHDRAWN']],
    [
      'two documents say different things of it',
      book(life(booked, { type: 'CreditConflicted', data: aCredit('4411', 200, ['F1']) }), 100),
      undefined,
      ['CREDIT_CONFLICT'],
    ],
  ])('that it must not be booked while %s', (_, after, flow, because) => {
    const drafts = step(book(after.life), after, flow);
    expect(named(drafts)).toEqual(['credit.explained']);
    expect(data(drafts)).toMatchObject({ bookable: false, bookableBecause: because });
  });

  it('that what was explained is not any more, as a correction: nothing allocated, no share left', () => {
    const drafts = step(book(life(booked), 100), book(life(booked)));
    expect(named(drafts)).toEqual(['credit.explained (correction)']);
    expect(data(drafts)).toMatchObject({ allocatedCents: 0, residualCents: 100, flows: [], byAssessment: [], bookable: false });
  });

  it('nothing of what it pays for when only its flow is read again unchanged', () => {
    expect(step(book(life(booked), 100), book(life(booked), 100))).toEqual([]);
  });
});

describe('of a file the public is told', () => {
  const counts = { read: 3, recorded: 1, unchanged: 1, conflicting: 0, ignored: 0, rejected: 1, recordedCents: eur(100) };

  it('what became of its records, or why it could not be read, and never its name or a text of it', () => {
    const imported = fileDrafts(COMUNE, 'f', { type: 'FileImported', data: { format: 'receipt-csv', parserVersion: 1, counts } }, cause);
    expect(named(checked(imported))).toEqual(['file.imported']);
    const error = { code: 'BAD', message: 'Maria Rossi is no date', line: 4 };
    const rejected = fileDrafts(COMUNE, 'f', { type: 'FileRejected', data: { error } }, cause);
    expect(data(checked(rejected))).toEqual({ org: COMUNE, fileId: 'f', code: 'BAD', line: 4 });
    const voided = fileDrafts(COMUNE, 'f', { type: 'FileVoided', data: { reason: 'sent by Maria Rossi' } }, cause);
    expect([named(checked(voided)), data(voided)]).toEqual([['file.voided (correction)'], { org: COMUNE, fileId: 'f' }]);
  });
});

describe('the public contract', () => {
  it('knows every state of a transfer and of a flow', () => {
    expect([...PUBLIC_TRANSFER_STATES].sort()).toEqual([...TRANSFER_STATES].sort());
    expect(PUBLIC_FLOW_STATES).toEqual(['incomplete', 'unfunded', 'partlyFunded', 'funded']);
  });

  it('names subjects as paths: free text cannot leave its place', () => {
    expect(subjectOf(COMUNE, 'payments', 'a/b', '../x y', '1')).toBe(`${COMUNE}/payments/a%2Fb/..%2Fx%20y/1`);
  });
});
