import { addDays, assert, type LocalDate } from '@quadra/kernel';
import { italianHolidays, targetHolidays } from './holidays';

/** `target`: SEPA settles. `it`: Italian banks work. `target-it`: both, kind to the PSP (the default of the terms). */
export type CalendarName = 'target' | 'it' | 'target-it';

/** A calendar, or one with days on which the treasurer's branch is closed every year (patron saint), as `MM-DD`. */
export type Calendar = CalendarName | { readonly base: CalendarName; readonly closedEveryYear: readonly string[] };

const closedDays = new Map<string, ReadonlySet<LocalDate>>();

const closedIn = (year: number, name: CalendarName): ReadonlySet<LocalDate> => {
  const key = `${name} ${year}`;
  let days = closedDays.get(key);
  if (days === undefined) {
    days = new Set([...(name === 'it' ? [] : targetHolidays(year)), ...(name === 'target' ? [] : italianHolidays(year))]);
    closedDays.set(key, days);
  }
  return days;
};

/** Banks are open: neither Saturday nor Sunday nor a holiday of the calendar. Half days (24 and 31 December) are open. */
export const isBankDay = (date: LocalDate, calendar: Calendar): boolean => {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  if (weekday === 0 || weekday === 6) return false;
  const name = typeof calendar === 'string' ? calendar : calendar.base;
  if (closedIn(Number(date.slice(0, 4)), name).has(date)) return false;
  return typeof calendar === 'string' || !calendar.closedEveryYear.includes(date.slice(5));
};

/** The date itself where banks are open, else the first bank day after it. */
export const bankDayFrom = (date: LocalDate, calendar: Calendar): LocalDate =>
  isBankDay(date, calendar) ? date : nextBankDay(date, calendar);

/** The first bank day after the date, never the date itself. */
export const nextBankDay = (date: LocalDate, calendar: Calendar): LocalDate => {
  let day = addDays(date, 1);
  while (!isBankDay(day, calendar)) day = addDays(day, 1);
  return day;
};

/** The n-th bank day after the date (n = 1: the next one; n = 0: the date itself, or the next bank day where it is none). */
export const addBankDays = (date: LocalDate, days: number, calendar: Calendar): LocalDate => {
  assert(Number.isSafeInteger(days) && days >= 0, `a number of bank days is not negative: ${days}`);
  let day = days === 0 ? bankDayFrom(date, calendar) : date;
  for (let n = 0; n < days; n++) day = nextBankDay(day, calendar);
  return day;
};
