import { assert, toDate, type LocalDate } from '@quadra/kernel';
import { addBankDays, bankDayFrom, nextBankDay, type Calendar } from './bank-days';

/** The operating day of pagoPA closes at 13:00 in Rome (SACI, "giornata operativa"). */
export const CUT_OFF = '13:00:00';

/** When a payment was made: the wall clock in Rome, `YYYY-MM-DDTHH:MM:SS`, where it is known, else the day. */
export type PaidWhen = { readonly paidAt: string } | { readonly paidOn: LocalDate };

export interface SettlementTerms {
  /** The operating day D to which the payment belongs. */
  readonly operatingDay: LocalDate;
  /** D+1: the money is on the account by the end of this day (SACI 4.1). */
  readonly creditDueOn: LocalDate;
  /** D+2: the flow is at the node by 24:00 of this day (SACI 6). */
  readonly flowDueOn: LocalDate;
  readonly precision: 'instant' | 'day';
}

/**
 * The terms of the PSP. From 13:00 on a payment belongs to the next operating day; one on a closed day belongs to the
 * first open day after it. With the day alone two operating days are possible: the later one counts, so that nobody is
 * called late who is not.
 * @throws when `paidAt` is no wall-clock date and time
 */
export const settlementTerms = (paid: PaidWhen, calendar: Calendar): SettlementTerms => {
  const operatingDay = 'paidAt' in paid ? operatingDayAt(paid.paidAt, calendar) : nextBankDay(paid.paidOn, calendar);
  const creditDueOn = nextBankDay(operatingDay, calendar);
  return { operatingDay, creditDueOn, flowDueOn: nextBankDay(creditDueOn, calendar), precision: 'paidAt' in paid ? 'instant' : 'day' };
};

const operatingDayAt = (paidAt: string, calendar: Calendar): LocalDate => {
  assert(/^[\d-]{10}T\d\d:\d\d(:\d\d)?/.test(paidAt), `a wall-clock time, YYYY-MM-DDTHH:MM:SS: ${paidAt}`);
  const day = toDate(paidAt.slice(0, 10));
  const open = bankDayFrom(day, calendar);
  return open === day && paidAt.slice(11) >= CUT_OFF ? nextBankDay(day, calendar) : open;
};

/** Bank days after which the receipt of a reported line is missed: the outcome says how far it was on its way. */
const RECEIPT_DAYS: Readonly<Record<string, number>> = { '0': 2, '4': 5, '8': 7, '9': 7 };

/**
 * The last day on which a line without its receipt is in terms.
 * @param outcome `codiceEsitoSingoloPagamento`; an unknown one is taken as executed
 * @param seenOn the day in Rome when the line came in
 */
export const receiptTerm = (outcome: string, seenOn: LocalDate, calendar: Calendar): LocalDate =>
  addBankDays(seenOn, RECEIPT_DAYS[outcome] ?? 2, calendar);
