import { addDays, toDate, type LocalDate } from '@quadra/kernel';

/** Easter Sunday of the Gregorian calendar (the anonymous algorithm of Meeus, Jones and Butcher). */
export const easter = (year: number): LocalDate => {
  const a = year % 19;
  const century = Math.floor(year / 100);
  const b = year % 100;
  const moved = century - Math.floor((century + 8) / 25) + 1;
  const moon = (19 * a + century - Math.floor(century / 4) - Math.floor(moved / 3) + 15) % 30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(b / 4) - moon - (b % 4)) % 7;
  const late = Math.floor((a + 11 * moon + 22 * weekday) / 451);
  const days = moon + weekday - 7 * late + 114;
  return toDate(`${year}-${pad(Math.floor(days / 31))}-${pad((days % 31) + 1)}`);
};

const pad = (n: number): string => String(n).padStart(2, '0');

/** Weekdays on which TARGET does not settle (ECB long-term calendar, unchanged since 2002). */
export const targetHolidays = (year: number): readonly LocalDate[] => [
  ...['01-01', '05-01', '12-25', '12-26'].map((day) => toDate(`${year}-${day}`)),
  addDays(easter(year), -2),
  addDays(easter(year), 1),
];

/** National holidays in Italy (L. 260/1949 and changes; 4 October again from 2026, L. 151/2025). */
export const italianHolidays = (year: number): readonly LocalDate[] => [
  ...['01-01', '01-06', '04-25', '05-01', '06-02', '08-15', '11-01', '12-08', '12-25', '12-26'].map((day) => toDate(`${year}-${day}`)),
  ...(year >= 2026 ? [toDate(`${year}-10-04`)] : []),
  addDays(easter(year), 1),
];
