import { addDays, toDate } from '@quadra/kernel';
import * as fc from 'fast-check';
import { receiptTerm, settlementTerms, type Calendar } from '.';

const MILAN: Calendar = { base: 'target-it', closedEveryYear: ['12-07'] };

describe('The terms of a payment service provider', () => {
  test.each<[string, Calendar, string, string, string]>([
    ['2026-11-20T14:00:00', 'target', '2026-11-23', '2026-11-24', '2026-11-25'],
    ['2026-11-20T14:00:00', 'target-it', '2026-11-23', '2026-11-24', '2026-11-25'],
    ['2026-12-04T10:00:00', 'target', '2026-12-04', '2026-12-07', '2026-12-08'],
    ['2026-12-04T10:00:00', 'target-it', '2026-12-04', '2026-12-07', '2026-12-09'],
    ['2026-12-04T10:00:00', MILAN, '2026-12-04', '2026-12-09', '2026-12-10'],
    ['2026-06-01T10:00:00', 'target', '2026-06-01', '2026-06-02', '2026-06-03'],
    ['2026-06-01T10:00:00', 'target-it', '2026-06-01', '2026-06-03', '2026-06-04'],
    ['2026-04-02T15:00:00', 'it', '2026-04-03', '2026-04-07', '2026-04-08'],
    ['2026-04-02T15:00:00', 'target-it', '2026-04-07', '2026-04-08', '2026-04-09'],
    ['2027-10-01T10:00:00', 'target', '2027-10-01', '2027-10-04', '2027-10-05'],
    ['2027-10-01T10:00:00', 'target-it', '2027-10-01', '2027-10-05', '2027-10-06'],
    ['2026-12-30T16:00:00', 'target', '2026-12-31', '2027-01-04', '2027-01-05'],
    ['2026-12-30T16:00:00', 'target-it', '2026-12-31', '2027-01-04', '2027-01-05'],
  ])('paid %s, calendar %j: operating day %s, credit by %s, flow by %s', (paidAt, calendar, operatingDay, creditDueOn, flowDueOn) => {
    expect(settlementTerms({ paidAt }, calendar)).toEqual({ operatingDay, creditDueOn, flowDueOn, precision: 'instant' });
  });

  it('the operating day closes at 13:00: a second before belongs to it, 13:00 to the next', () => {
    expect(settlementTerms({ paidAt: '2026-11-18T12:59:59' }, 'target-it').operatingDay).toBe('2026-11-18');
    expect(settlementTerms({ paidAt: '2026-11-18T13:00:00' }, 'target-it').operatingDay).toBe('2026-11-19');
  });

  it('a payment on a closed day belongs to the first open day, whatever the hour', () => {
    for (const hour of ['09', '20'])
      expect(settlementTerms({ paidAt: `2026-11-21T${hour}:00:00` }, 'target-it').operatingDay).toBe('2026-11-23');
  });

  it('with the day alone the later of the two possible operating days counts, and the terms say so', () => {
    expect(settlementTerms({ paidOn: toDate('2026-11-18') }, 'target-it')).toEqual({
      operatingDay: '2026-11-19',
      creditDueOn: '2026-11-20',
      flowDueOn: '2026-11-23',
      precision: 'day',
    });
  });

  it('the day alone never gives an earlier term than any hour of that day', () => {
    const day = fc.integer({ min: 0, max: 8_000 }).map((n) => addDays(toDate('2020-01-01'), n));
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 23 }), (paidOn, hour) => {
        const byHour = settlementTerms({ paidAt: `${paidOn}T${String(hour).padStart(2, '0')}:30:00` }, 'target-it');
        const byDay = settlementTerms({ paidOn }, 'target-it');
        expect(byDay.creditDueOn >= byHour.creditDueOn).toBe(true);
        expect(byHour.operatingDay >= paidOn && byHour.creditDueOn > byHour.operatingDay && byHour.flowDueOn > byHour.creditDueOn).toBe(
          true,
        );
      }),
    );
  });

  it('refuses a time that is none', () => expect(() => settlementTerms({ paidAt: '2026-11-20' }, 'target-it')).toThrow('wall-clock'));

  test.each([
    ['0', '2026-12-09'],
    ['4', '2026-12-14'],
    ['8', '2026-12-16'],
    ['9', '2026-12-16'],
    ['7', '2026-12-09'],
  ])('the receipt of a line of outcome %s seen on Friday 4 December is awaited until %s', (outcome, until) => {
    expect(receiptTerm(outcome, toDate('2026-12-04'), 'target-it')).toBe(until);
  });
});
