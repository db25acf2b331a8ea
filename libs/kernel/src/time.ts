declare const localDate: unique symbol;

/** A civil date in Italy, `YYYY-MM-DD`. It has no zone and is compared as text. */
export type LocalDate = string & { readonly [localDate]: true };

/** An instant, RFC 3339 in UTC with milliseconds (`2026-11-25T06:12:09.000Z`). */
export type Instant = string;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAY_MS = 86_400_000;

/** @returns undefined when the text is not an existing day of the years 1900 to 2199. */
export const parseDate = (text: string): LocalDate | undefined => {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1) return undefined;
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day ? (text as LocalDate) : undefined;
};

/** @throws when the text is not a date: for values that were validated before. */
export const toDate = (text: string): LocalDate => {
  const date = parseDate(text);
  if (date === undefined) throw new Error(`Not a date: ${text}`);
  return date;
};

export const addDays = (date: LocalDate, days: number): LocalDate =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10) as LocalDate;

/** Calendar days from `from` to `to`; negative when `to` is earlier. */
export const daysBetween = (from: LocalDate, to: LocalDate): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);

const ROME = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Rome',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** The wall clock in Rome at an instant, `YYYY-MM-DDTHH:MM:SS` (pagoPA's rules count Italian days and the 13:00 cut-off). */
export const romeDateTime = (instant: Date): string => ROME.format(instant).replace(' ', 'T');

export const romeDate = (instant: Date): LocalDate => romeDateTime(instant).slice(0, 10) as LocalDate;

/** The first instant after a civil date in Rome: what "as of that day" includes ends here. */
export const endOfRomeDate = (date: LocalDate): Date => {
  const next = addDays(date, 1);
  for (const hours of [1, 2]) {
    const candidate = new Date(Date.parse(`${next}T00:00:00Z`) - hours * 3_600_000);
    if (romeDateTime(candidate) === `${next}T00:00:00`) return candidate;
  }
  return new Date(Date.parse(`${next}T00:00:00Z`) - 3_600_000);
};

/** Where the present comes from: real in the apps, fixed in tests; pure code takes a date instead. */
export interface Clock {
  now(): Date;
}
