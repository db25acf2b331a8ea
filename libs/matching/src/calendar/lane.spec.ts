import { DISCREPANCY_CODES, TRANSFER_STATES, type DiscrepancyCode } from '@quadra/domain';
import { toDate } from '@quadra/kernel';
import { laneOf, lateDiscrepancies, type LaneFacts, type LateFacts } from '.';

const DUE = toDate('2026-11-24');
const AFTER = toDate('2026-11-25');

const lane = (f: Partial<LaneFacts> = {}, ...codes: DiscrepancyCode[]) =>
  laneOf({ state: 'reported', discrepancies: codes.map((code) => ({ code })), dueOn: DUE, today: AFTER, coveredThrough: AFTER, ...f });

describe('The lane of a transfer', () => {
  it('is in terms to the end of the due day, and late the day after when the journal covers the due day', () => {
    expect(lane({ today: DUE })).toBe('inTerms');
    expect(lane()).toBe('late');
    expect(lane({ coveredThrough: DUE })).toBe('late');
  });

  it('is not verifiable when no journal of the due day was loaded: the body is blind, the PSP not late', () => {
    expect(lane({ coveredThrough: toDate('2026-11-23') })).toBe('notVerifiable');
    expect(lane({ coveredThrough: undefined })).toBe('notVerifiable');
    expect(lane({ dueOn: undefined })).toBe('notVerifiable');
  });

  test.each(TRANSFER_STATES)('state %s without discrepancy, term passed and covered', (state) => {
    expect(lane({ state })).toBe(['credited', 'excluded', 'revoked', 'notified'].includes(state) ? 'ok' : 'late');
  });

  test.each(DISCREPANCY_CODES)('%s on credited money', (code) => {
    const harmless = ['NOTICE_MISSING', 'NOTICE_AMOUNT_DIFFERS', 'IUR_DIFFERS', 'FLOW_PARTLY_CREDITED', 'CREDIT_SHORT'].includes(code);
    expect(lane({ state: 'credited' }, code)).toBe(harmless ? 'ok' : 'wrong');
  });

  it('money on its way in part is late, not wrong', () => expect(lane({}, 'FLOW_PARTLY_CREDITED', 'CREDIT_SHORT')).toBe('late'));

  it('a missing receipt is wrong only after its own term', () => {
    expect(lane({ state: 'credited', receiptDueOn: AFTER }, 'RECEIPT_MISSING')).toBe('ok');
    expect(lane({ state: 'credited', receiptDueOn: DUE }, 'RECEIPT_MISSING')).toBe('wrong');
    expect(lane({ state: 'reported', today: DUE, receiptDueOn: DUE }, 'RECEIPT_MISSING', 'NOTICE_MISSING')).toBe('inTerms');
  });
});

describe('What is late when somebody looks', () => {
  const facts: LateFacts = {
    state: 'paid',
    creditDueOn: DUE,
    flowDueOn: AFTER,
    today: toDate('2026-11-26'),
    creditsThrough: AFTER,
    flowsThrough: AFTER,
  };

  it('a payment without a line misses its flow, a reported one its money', () => {
    expect(lateDiscrepancies(facts)).toEqual(['FLOW_LATE']);
    expect(lateDiscrepancies({ ...facts, state: 'withdrawn' })).toEqual(['FLOW_LATE']);
    expect(lateDiscrepancies({ ...facts, state: 'reported' })).toEqual(['CREDIT_LATE']);
    expect(lateDiscrepancies({ ...facts, state: 'provisional' })).toEqual(['CREDIT_LATE']);
  });

  it('nothing is late in terms or without coverage', () => {
    expect(lateDiscrepancies({ ...facts, today: AFTER })).toEqual([]);
    expect(lateDiscrepancies({ ...facts, flowsThrough: DUE })).toEqual([]);
    expect(lateDiscrepancies({ ...facts, state: 'reported', creditsThrough: undefined })).toEqual([]);
  });

  it('settled transfers miss nothing', () => {
    for (const state of ['credited', 'excluded', 'revoked', 'notified'] as const)
      expect(lateDiscrepancies({ ...facts, state })).toEqual([]);
  });
});
