import { bankDayAfter, CUT_OFF, dayOf, isBankDay, isoDay, operatingDays } from './calendar';

/** The operating day, the day of the credit and the last day for the flow of a payment at a minute of a day. */
const termsOf = (month: string, day: number, hour: number) => {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const minute = dayOf(year, number, day) * 1440 + hour * 60;
  const operating = operatingDays(month).find((d) => minute >= d.from && minute < d.to)!.day;
  return [operating, bankDayAfter(operating), bankDayAfter(operating, 2)].map(isoDay);
};

describe('the calendar of the generator', () => {
  it.each([
    ['2026-11', 20, 14, ['2026-11-23', '2026-11-24', '2026-11-25']],
    ['2026-12', 4, 10, ['2026-12-04', '2026-12-07', '2026-12-09']],
    ['2026-06', 1, 10, ['2026-06-01', '2026-06-03', '2026-06-04']],
    ['2026-04', 2, 15, ['2026-04-07', '2026-04-08', '2026-04-09']],
    ['2027-10', 1, 10, ['2027-10-01', '2027-10-05', '2027-10-06']],
    ['2026-12', 30, 16, ['2026-12-31', '2027-01-04', '2027-01-05']],
  ] as const)(
    'a payment of %s-%i at %i h has its money and its flow on the bank days that the rules give',
    (month, day, hour, expected) => {
      expect(termsOf(month, day, hour)).toEqual(expected);
    },
  );

  it('gives every minute of a month to exactly one operating day', () => {
    const days = operatingDays('2026-12');
    expect(days[0]!.from).toBe(dayOf(2026, 12, 1) * 1440);
    days.slice(1).forEach((day, i) => expect(day.from).toBe(days[i]!.to));
    expect(days.at(-1)!.to).toBe(dayOf(2027, 1, 1) * 1440);
    for (const { day, to } of days) {
      expect(isBankDay(day)).toBe(true);
      expect(to).toBeLessThanOrEqual(day * 1440 + CUT_OFF);
    }
  });
});
