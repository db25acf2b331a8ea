import type { DiscrepancyCode, TransferState } from '@quadra/domain';
import type { LocalDate } from '@quadra/kernel';

export type Lane = 'ok' | 'inTerms' | 'late' | 'wrong' | 'notVerifiable';

export interface LaneFacts {
  readonly state: TransferState;
  readonly discrepancies: readonly { readonly code: DiscrepancyCode }[];
  /** The last day on which what is awaited is in terms. */
  readonly dueOn?: LocalDate | undefined;
  /** See `receiptTerm`. Without it a missing receipt is wrong at once. */
  readonly receiptDueOn?: LocalDate | undefined;
  /** The civil date in Rome. */
  readonly today: LocalDate;
  /** The last day that the journals cover (for a missing flow: the flows received); undefined when nothing was loaded. */
  readonly coveredThrough?: LocalDate | undefined;
}

/** Information, or money that is on its way: these do not make a transfer wrong. */
const HARMLESS: ReadonlySet<DiscrepancyCode> = new Set<DiscrepancyCode>([
  'NOTICE_MISSING',
  'NOTICE_AMOUNT_DIFFERS',
  'IUR_DIFFERS',
  'FLOW_PARTLY_CREDITED',
  'CREDIT_SHORT',
]);

const SETTLED: ReadonlySet<TransferState> = new Set<TransferState>(['credited', 'excluded', 'revoked', 'notified']);

/**
 * The lane of a transfer, computed when somebody looks and never stored (docs/concepts/what-reconciled-means.md).
 * A passed term alone proves nothing: without a journal (or the flows) of that day it is `notVerifiable`.
 */
export const laneOf = (f: LaneFacts): Lane => {
  if (f.discrepancies.some((d) => isWrong(d.code, f))) return 'wrong';
  if (SETTLED.has(f.state)) return 'ok';
  if (f.dueOn === undefined) return 'notVerifiable';
  if (f.today <= f.dueOn) return 'inTerms';
  return covers(f.coveredThrough, f.dueOn) ? 'late' : 'notVerifiable';
};

const isWrong = (code: DiscrepancyCode, f: LaneFacts): boolean => {
  if (code === 'RECEIPT_MISSING') return f.receiptDueOn === undefined || f.today > f.receiptDueOn;
  return !HARMLESS.has(code);
};

const covers = (coveredThrough: LocalDate | undefined, day: LocalDate): boolean => coveredThrough !== undefined && coveredThrough >= day;

/** What a transfer waits for: its flow while nobody has reported it (or the report was dropped), else the money. */
export const awaits = (state: TransferState): 'flow' | 'credit' => (state === 'paid' || state === 'withdrawn' ? 'flow' : 'credit');

export type LateDiscrepancy = 'FLOW_LATE' | 'CREDIT_LATE';

export interface LateFacts {
  readonly state: TransferState;
  readonly creditDueOn: LocalDate;
  readonly flowDueOn: LocalDate;
  readonly today: LocalDate;
  /** The last day that the journals of the account cover. */
  readonly creditsThrough?: LocalDate | undefined;
  /** The last day up to which the flows were received. */
  readonly flowsThrough?: LocalDate | undefined;
}

/**
 * What is late when somebody looks, whatever else is wrong: the flow of a payment without a line, the money of a reported one.
 * Money that came before its flow cannot be told from money that did not come, so a payment without a line misses its flow only.
 */
export const lateDiscrepancies = (f: LateFacts): LateDiscrepancy[] => {
  const isLate = (dueOn: LocalDate, through: LocalDate | undefined): boolean => f.today > dueOn && covers(through, dueOn);
  if (SETTLED.has(f.state)) return [];
  if (awaits(f.state) === 'flow') return isLate(f.flowDueOn, f.flowsThrough) ? ['FLOW_LATE'] : [];
  return isLate(f.creditDueOn, f.creditsThrough) ? ['CREDIT_LATE'] : [];
};
