/**
 * Days as whole numbers since 1970-01-01 and the calendar of the bank days: days on which TARGET settles and Italian
 * banks work. Money of a payment made until 13:00 of such a day D is on the account on the next one, its settlement flow
 * is there at the latest on the one after that (pagoPA, SACI 4.1 and 6).
 */
export type Day = number;

const MS = 86_400_000;

export const dayOf = (year: number, month: number, day: number): Day => Date.UTC(year, month - 1, day) / MS;

const dates = new Map<Day, string>();

/** `YYYY-MM-DD`. Remembered: a month has few days and a hundred thousand payments. */
export const isoDay = (day: Day): string => {
  let date = dates.get(day);
  if (date === undefined) dates.set(day, (date = new Date(day * MS).toISOString().slice(0, 10)));
  return date;
};

export const yearOf = (day: Day): number => new Date(day * MS).getUTCFullYear();

/** First and last day of a month `YYYY-MM`. @throws when the text is not a month. */
export const monthDays = (month: string): { first: Day; last: Day } => {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  if (!match) throw new Error(`Not a month YYYY-MM: ${month}`);
  const year = Number(match[1]);
  const number = Number(match[2]);
  return { first: dayOf(year, number, 1), last: dayOf(year, number + 1, 1) - 1 };
};

/** Easter Sunday by the anonymous Gregorian computation. */
const easter = (year: number): Day => {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return dayOf(year, Math.floor(n / 31), (n % 31) + 1);
};

/** TARGET and Italian holidays of fixed date; 4 October is one from 2026 (L. 151/2025). */
const FIXED = new Set(['01-01', '01-06', '04-25', '05-01', '06-02', '08-15', '11-01', '12-08', '12-25', '12-26']);

const bankDays = new Map<Day, boolean>();

export const isBankDay = (day: Day): boolean => {
  let open = bankDays.get(day);
  if (open === undefined) bankDays.set(day, (open = computeBankDay(day)));
  return open;
};

const computeBankDay = (day: Day): boolean => {
  const weekday = (day + 4) % 7; // 1970-01-01 was a Thursday
  if (weekday === 0 || weekday === 6) return false;
  const date = isoDay(day);
  if (FIXED.has(date.slice(5)) || (date >= '2026' && date.slice(5) === '10-04')) return false;
  const sunday = easter(yearOf(day));
  return day !== sunday - 2 && day !== sunday + 1;
};

/** The n-th bank day after a day (n ≥ 1). */
export const bankDayAfter = (day: Day, n = 1): Day => {
  let at = day;
  for (let left = n; left > 0; left--)
    do at++;
    while (!isBankDay(at));
  return at;
};

export const bankDayBefore = (day: Day): Day => {
  let at = day - 1;
  while (!isBankDay(at)) at--;
  return at;
};

/** A minute in Rome: day × 1440 + minute of the day. Wall clock, no zone. */
export type Minute = number;

/** `YYYY-MM-DDTHH:MM:SS`. */
export const isoMinute = (minute: Minute, second = 0): string => {
  const day = Math.floor(minute / 1440);
  const of = minute - day * 1440;
  return `${isoDay(day)}T${two(Math.floor(of / 60))}:${two(of % 60)}:${two(second)}`;
};

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

export const CUT_OFF = 13 * 60;

/** One operating day of the PSPs and the payments that belong to it: from the cut-off before it to its own, in minutes. */
export interface OperatingDay {
  readonly day: Day;
  readonly from: Minute;
  readonly to: Minute;
}

/** The operating days that payments of a month fall into, the last one mostly in the next month. */
export const operatingDays = (month: string): OperatingDay[] => {
  const { first, last } = monthDays(month);
  const days: OperatingDay[] = [];
  let from = first * 1440;
  for (let day = isBankDay(first) ? first : bankDayAfter(first); from < (last + 1) * 1440; day = bankDayAfter(day)) {
    const to = Math.min(day * 1440 + CUT_OFF, (last + 1) * 1440);
    days.push({ day, from, to });
    from = to;
  }
  return days;
};
