import { creditId } from '@quadra/domain';
import type { Day } from './calendar';
import { bankDayAfter, yearOf } from './calendar';
import type { Cents, Credit, Organization } from './model';
import type { Rng } from './rng';
import type { JournalRow } from './journal-row';
import { otherMovements } from './treasury-others';

/** A credit with its number and what became of it. */
export interface BookedCredit {
  readonly credit: Credit;
  readonly number: number;
  readonly year: number;
  reversedCents: Cents;
  regularizedCents: Cents;
}

export interface Treasury {
  readonly rows: ReadonlyMap<Day, readonly JournalRow[]>;
  readonly credits: readonly BookedCredit[];
}

/** Numbers of one series, which start again with the fiscal year. */
export class Series {
  private readonly last = new Map<number, number>();
  constructor(private readonly first: number) {}
  next(year: number): number {
    const number = (this.last.get(year) ?? this.first - 1) + 1;
    this.last.set(year, number);
    return number;
  }
}

/** The days of the journals: every bank day of the month and, after it, those in which its money still moves. */
export const journalDays = (first: Day, lastOperatingDay: Day): Day[] => {
  const days: Day[] = [];
  const end = bankDayAfter(lastOperatingDay, 8);
  for (let day = bankDayAfter(first - 1); day <= end; day = bankDayAfter(day)) days.push(day);
  return days;
};

class Ledger {
  readonly rows = new Map<Day, JournalRow[]>();
  readonly credits: BookedCredit[] = [];
  private readonly provisional = new Series(3_001);
  readonly orders = new Series(811);
  private readonly receipts = new Series(12_401);

  constructor(readonly days: readonly Day[]) {
    for (const day of days) this.rows.set(day, []);
  }

  push(row: Omit<JournalRow, 'receiptNumber'>): void {
    this.rows.get(row.on)!.push({ ...row, receiptNumber: this.receipts.next(yearOf(row.on)) });
  }

  book(credit: Credit): void {
    const year = yearOf(credit.bookedOn);
    const order = credit.kind === 'reversale';
    const number = order ? this.orders.next(year) : this.provisional.next(year);
    this.credits.push({ credit, number, year, reversedCents: 0, regularizedCents: 0 });
    this.push({
      direction: 'ENTRATA',
      document: order ? 'REVERSALE' : 'SOSPESO ENTRATA',
      operation: 'ESEGUITO',
      number,
      progressive: order ? 1 : 0,
      cents: credit.cents,
      cash: 1,
      on: credit.bookedOn,
      valueOn: credit.valueOn,
      client: credit.client,
      text: credit.text,
      execution: credit.execution,
      ...(credit.endToEnd ? { endToEnd: credit.endToEnd } : {}),
    });
  }

  /** *Storno*: the treasurer takes the credit back, under its own number. */
  reverse(booked: BookedCredit): void {
    const { credit } = booked;
    for (const reversal of credit.reversals) {
      booked.reversedCents += reversal.cents;
      this.push({
        direction: 'ENTRATA',
        document: 'SOSPESO ENTRATA',
        operation: 'STORNATO',
        number: booked.number,
        progressive: 0,
        cents: reversal.cents,
        cash: -1,
        on: reversal.on,
        valueOn: reversal.on,
        client: credit.client,
        text: `STORNO ${credit.text}`,
        execution: credit.execution,
      });
    }
  }
}

const order = (
  ledger: Ledger,
  operation: 'REGOLARIZZATO' | 'RIPRISTINATO',
  on: Day,
  number: number,
  covers: readonly { number: number; cents: Cents }[],
): void =>
  ledger.push({
    direction: 'ENTRATA',
    document: 'REVERSALE',
    operation,
    number,
    progressive: 1,
    cents: covers.reduce((sum, cover) => sum + cover.cents, 0),
    cash: 0,
    on,
    valueOn: on,
    client: 'DIVERSI PAGOPA',
    text: `REGOLARIZZAZIONE PROVVISORI ${covers.map((cover) => cover.number).join(' ')}`,
    execution: 'REGOLARIZZAZIONE',
    covers,
  });

/** Share of the provisional credits that collection orders cover, of those in part, and of orders undone. */
const REGULARIZED = 0.6;
const IN_PART = 0.15;
const UNDONE = 0.06;

/** Collection orders (*reversali*) for credits of earlier days, up to four credits an order, never across fiscal years. */
const regularize = (ledger: Ledger, rng: Rng, perOrder: (on: Day) => number): void => {
  const open = ledger.credits.filter((b) => b.credit.kind === 'sospeso' && b.credit.reversals.length === 0 && rng.chance(REGULARIZED));
  let first = true;
  for (let at = 0; at < open.length;) {
    const { credit, year } = open[at]!;
    const on = bankDayAfter(credit.bookedOn, rng.int(2, 5));
    if (on > ledger.days[ledger.days.length - 1]! || yearOf(on) !== year) {
      at++;
      continue;
    }
    const most = rng.int(1, perOrder(on));
    const taken = open.slice(at, at + most).filter((b) => b.credit.bookedOn < on && b.year === year);
    at += most;
    const covers = taken.map((b) => ({
      number: b.number,
      cents: rng.chance(IN_PART) ? Math.max(1, Math.floor(b.credit.cents * 0.6)) : b.credit.cents,
    }));
    const number = ledger.orders.next(year);
    order(ledger, 'REGOLARIZZATO', on, number, covers);
    const undoneOn = bankDayAfter(on, 1);
    const undone: boolean = (first || rng.chance(UNDONE)) && ledger.rows.has(undoneOn) && yearOf(undoneOn) === year;
    first = first && !undone;
    if (undone) order(ledger, 'RIPRISTINATO', undoneOn, number, covers);
    else taken.forEach((b, i) => (b.regularizedCents += covers[i]!.cents));
  }
};

/**
 * Everything that the treasurer books for one body: the planned credits, rows that are not pagoPA, reversals, collection
 * orders. `perOrder` is how many provisional credits one order row can name on a day (1 in version 1.4 of the journal).
 */
export const createTreasury = (planned: readonly Credit[], days: readonly Day[], rng: Rng, perOrder: (on: Day) => number): Treasury => {
  const ledger = new Ledger(days);
  const others = days.flatMap((day) => otherMovements(day, rng));
  const credits = [...planned, ...others.flatMap((other) => ('credit' in other ? [other.credit] : []))];
  credits.sort((a, b) => a.bookedOn - b.bookedOn);
  for (const credit of credits) ledger.book(credit);
  const payments = new Series(2_207);
  for (const other of others) if ('row' in other) ledger.push({ ...other.row, number: payments.next(yearOf(other.row.on)) });
  for (const booked of ledger.credits) ledger.reverse(booked);
  regularize(ledger, rng, perOrder);
  return ledger;
};

/** What the API says of a credit: a storno of the whole makes it `reversed`, what is left over keeps it `partial` or `open`. */
const creditState = (allocated: Cents, residual: Cents, net: Cents): string => {
  if (net === 0) return 'reversed';
  if (allocated === 0) return 'open';
  return residual > 0 ? 'partial' : 'explained';
};

/** Rows of truth-credits.csv of one body, by credit id. */
export const truthCreditRows = (org: Organization, credits: readonly BookedCredit[]): string[] =>
  credits
    .map(({ credit, number, year, reversedCents, regularizedCents }) => {
      const id = creditId({
        treasurer: org.abi,
        fiscalYear: year,
        kind: credit.kind,
        documentNumber: String(number),
        ...(credit.kind === 'reversale' ? { progressive: '1' } : {}),
      });
      const net = credit.cents - reversedCents;
      const residual = net - credit.allocatedCents;
      const state = creditState(credit.allocatedCents, residual, net);
      const amounts = [credit.cents, reversedCents, credit.allocatedCents, residual, regularizedCents].join(';');
      return { id, text: `${org.fiscalCode};${id};${amounts};${state}\n` };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((row) => row.text);
