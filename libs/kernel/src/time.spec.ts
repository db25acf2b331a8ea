import fc from 'fast-check';
import { addDays, daysBetween, endOfRomeDate, parseDate, romeDate, romeDateTime, toDate, type LocalDate } from './time';

const FIRST = toDate('1970-01-01');
const anyDate: fc.Arbitrary<LocalDate> = fc.integer({ min: 0, max: 80_000 }).map((days) => addDays(FIRST, days));

describe('a civil date', () => {
  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '1899-12-31',
    '2200-01-01',
    '26-01-01',
    '2026-1-1',
    '2026-01-01T00:00:00',
    '',
  ])('is not %p', (text) => {
    expect(parseDate(text)).toBeUndefined();
    expect(() => toDate(text)).toThrow('Not a date');
  });

  it('may be a leap day', () => expect(parseDate('2028-02-29')).toBe('2028-02-29'));

  it('moves by days and back, over months, years and leap days', () =>
    fc.assert(
      fc.property(anyDate, fc.integer({ min: -2_000, max: 2_000 }), (date, days) => {
        const moved = addDays(date, days);
        expect(parseDate(moved)).toBe(moved);
        expect(daysBetween(date, moved)).toBe(days);
        expect(moved > date).toBe(days > 0);
      }),
    ));
});

describe('a day in Rome', () => {
  it.each([
    ['an ordinary winter day', '2026-01-15', '2026-01-15T23:00:00.000Z'],
    ['an ordinary summer day', '2026-07-15', '2026-07-15T22:00:00.000Z'],
    ['the eve of the change to summer time', '2026-03-28', '2026-03-28T23:00:00.000Z'],
    ['the 23 hours of the change to summer time', '2026-03-29', '2026-03-29T22:00:00.000Z'],
    ['the eve of the change to winter time', '2026-10-24', '2026-10-24T22:00:00.000Z'],
    ['the 25 hours of the change to winter time', '2026-10-25', '2026-10-25T23:00:00.000Z'],
    ['the last day of the year', '2026-12-31', '2026-12-31T23:00:00.000Z'],
  ])('ends at its own midnight: %s', (_, date, end) => expect(endOfRomeDate(toDate(date)).toISOString()).toBe(end));

  // Until 1979 the clocks went back at midnight, so that some days had their end twice.
  const anyDateSince1980 = anyDate.filter((date) => date >= '1980-01-01');

  it('holds its last instant and not the next one, on every day since 1980', () =>
    fc.assert(
      fc.property(anyDateSince1980, (date) => {
        const end = endOfRomeDate(date);
        expect(romeDate(new Date(end.getTime() - 1))).toBe(date);
        expect(romeDate(end)).toBe(addDays(date, 1));
      }),
      { numRuns: 2_000 },
    ));

  it('begins while it is still yesterday in Greenwich', () => {
    expect(romeDateTime(new Date('2026-06-30T22:30:00Z'))).toBe('2026-07-01T00:30:00');
    expect(romeDate(new Date('2026-06-30T21:59:59Z'))).toBe('2026-06-30');
  });
});
