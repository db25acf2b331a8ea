import type { Cents, LocalDate } from '@quadra/kernel';
import type { FlowFigures, NoticeContent, ReceiptContent, ReportedLine, Unfinished } from '@quadra/domain';
import { toCents } from '@quadra/kernel';
import { copyOfLine } from '@quadra/domain';

/** A line with its standing in its flow: `dropped` when the highest complete version no longer holds it. */
export interface StandingLine extends ReportedLine {
  readonly dropped: boolean;
  /** Declared total of the latest version that held a dropped line. */
  readonly heldTotalCents?: Cents;
}

export const standingLine = (line: ReportedLine, dropped: boolean, heldTotalCents: Cents | undefined): StandingLine => {
  const standing = copyOfLine(line) as Unfinished<StandingLine>;
  standing.dropped = dropped;
  if (heldTotalCents !== undefined) standing.heldTotalCents = heldTotalCents;
  return standing;
};

/** What the books know of a flow, as far as its payments need it: the figures of its highest version, and its money. */
export interface FlowStanding extends Omit<FlowFigures, 'regulationOn'> {
  readonly allocatedCents: Cents;
  /** Residuals of credits that name only this flow, when it needs nothing more. */
  readonly surplusCents: Cents;
  readonly credits: readonly string[];
  /** Latest value date of the credits; absent while there are none. */
  readonly creditedOn?: LocalDate;
}

export interface PaymentFacts {
  readonly receipts: readonly ReceiptContent[];
  readonly notices: readonly NoticeContent[];
  readonly lines: readonly StandingLine[];
  /** By flow key (see `flowKey`). */
  readonly flows: ReadonlyMap<string, FlowStanding>;
}

export interface PaymentRules {
  readonly ruleSet: string;
  readonly usesNotifications: boolean;
  readonly receivesSecondaryReceipts: boolean;
}

export const isFunded = (flow: FlowStanding): boolean => flow.allocatedCents >= flow.totalCents;

type Sums = Pick<FlowStanding, 'totalCents' | 'linesCents' | 'revokedCents'>;

/**
 * What the lines sum up to. For outcome 3 SACI speaks of a negative amount and the schema of a positive one: the sum that ties
 * with the declared total counts, and where neither does, that with the sign of the outcome.
 */
export const linesTotal = ({ totalCents, linesCents, revokedCents }: Sums): Cents =>
  linesCents === totalCents ? linesCents : toCents(linesCents - 2 * revokedCents);

/** Does the header tie with the lines? */
export const flowTies = (flow: Sums & Pick<FlowStanding, 'declaredCount' | 'linesCount'>): boolean =>
  flow.declaredCount === flow.linesCount && linesTotal(flow) === flow.totalCents;
