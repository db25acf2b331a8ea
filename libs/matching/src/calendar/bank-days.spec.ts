import { addDays, toDate } from '@quadra/kernel';
import * as fc from 'fast-check';
import { addBankDays, bankDayFrom, easter, isBankDay, nextBankDay, type Calendar, type CalendarName } from '.';

const open = (day: string, calendar: Calendar): boolean => isBankDay(toDate(day), calendar);

describe('Bank days', () => {
  test.each([
    [2000, '2000-04-23'],
    [2008, '2008-03-23'],
    [2011, '2011-04-24'],
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2026, '2026-04-05'],
    [2027, '2027-03-28'],
    [2038, '2038-04-25'],
  ])('Easter %i is on %s', (year, day) => expect(easter(year)).toBe(day));

  test.each([
    ['2026-01-01', false, false],
    ['2026-01-06', true, false],
    ['2026-04-03', false, true], // Good Friday
    ['2026-04-06', false, false], // Easter Monday
    ['2025-04-25', true, false],
    ['2026-05-01', false, false],
    ['2026-06-02', true, false],
    ['2025-08-15', true, false],
    ['2027-11-01', true, false],
    ['2026-12-08', true, false],
    ['2026-12-25', false, false],
    ['2028-12-26', false, false],
    ['2024-10-04', true, true], // a holiday only from 2026
    ['2027-10-04', true, false],
    ['2026-12-24', true, true],
    ['2026-12-31', true, true],
    ['2026-11-21', false, false], // Saturday
    ['2026-11-22', false, false],
    ['2026-11-20', true, true],
  ])('%s: TARGET open %s, Italian banks open %s', (day, target, it) => {
    expect([open(day, 'target'), open(day, 'it'), open(day, 'target-it')]).toEqual([target, it, target && it]);
  });

  it('a branch is closed on its patron saint every year', () => {
    const milan: Calendar = { base: 'target-it', closedEveryYear: ['12-07'] };
    expect([open('2026-12-07', milan), open('2027-12-07', milan), open('2026-12-07', 'target-it')]).toEqual([false, false, true]);
  });

  it('counting: one is the next bank day, none is the day itself or the next open one', () => {
    const friday = toDate('2026-12-04');
    expect(addBankDays(friday, 0, 'target-it')).toBe('2026-12-04');
    expect(addBankDays(friday, 1, 'target-it')).toBe('2026-12-07');
    expect(addBankDays(friday, 2, 'target-it')).toBe('2026-12-09');
    expect(addBankDays(toDate('2026-12-05'), 0, 'target-it')).toBe('2026-12-07');
    expect(() => addBankDays(friday, -1, 'target-it')).toThrow('bank days');
  });

  it('on any day of a century: the next bank day is open, later, at most five days away, with none in between', () => {
    const day = fc.integer({ min: 0, max: 36_500 }).map((n) => addDays(toDate('2000-01-01'), n));
    fc.assert(
      fc.property(day, fc.constantFrom<CalendarName>('target', 'it', 'target-it'), (date, calendar) => {
        const next = nextBankDay(date, calendar);
        expect(isBankDay(next, calendar)).toBe(true);
        expect(next > date && next <= addDays(date, 5)).toBe(true);
        for (let d = addDays(date, 1); d < next; d = addDays(d, 1)) expect(isBankDay(d, calendar)).toBe(false);
        expect(bankDayFrom(date, calendar) === date).toBe(isBankDay(date, calendar));
      }),
    );
  });
});
