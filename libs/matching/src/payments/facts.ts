import type { Cents, LocalDate } from '@quadra/kernel';
import type { FlowFigures, NoticeContent, ReceiptContent, ReportedLine, Unfinished } from '@quadra/domain';
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

/**
 * Does the header tie with the lines? For outcome 3 SACI speaks of a negative amount and the schema of a positive one:
 * either convention that ties is accepted.
 */
export const flowTies = (
  flow: Pick<FlowStanding, 'totalCents' | 'declaredCount' | 'linesCount' | 'linesCents' | 'revokedCents'>,
): boolean =>
  flow.declaredCount === flow.linesCount &&
  (flow.linesCents === flow.totalCents || flow.linesCents - 2 * flow.revokedCents === flow.totalCents);
