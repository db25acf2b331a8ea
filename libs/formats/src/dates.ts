import { type LocalDate, parseDate, romeDateTime } from '@quadra/kernel';

const DAY = /^(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * A wall clock in Rome, `YYYY-MM-DDTHH:MM:SS`, from an `xsd:dateTime`: without a zone it is taken as it stands (pagoPA's
 * documents speak Italian time), with a zone it is converted. Fractions of a second are dropped.
 * @returns undefined when the text is no such moment.
 */
export const romeClock = (text: string): string | undefined => {
  const match = MOMENT.exec(text);
  if (!match || parseDate(match[1]!) === undefined) return undefined;
  const [, day, hour, minute, second, zone] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const wall = `${day}T${hour}:${minute}:${second}`;
  if (zone === undefined) return wall;
  const instant = new Date(`${wall}${zone}`);
  return Number.isNaN(instant.getTime()) ? undefined : romeDateTime(instant);
};

/**
 * A civil date from an `xsd:date` (a zone is ignored: it names the same day) or the day in Rome of an `xsd:dateTime`.
 * @returns undefined when the text is neither.
 */
export const civilDate = (text: string): LocalDate | undefined => {
  const day = DAY.exec(text)?.[1];
  return day === undefined ? (romeClock(text)?.slice(0, 10) as LocalDate | undefined) : parseDate(day);
};
