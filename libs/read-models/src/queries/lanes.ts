import type { LocalDate } from '@quadra/kernel';
import type { DiscrepancyCode, TransferState } from '@quadra/domain';
import type { Lane } from '@quadra/matching';
import { awaits, laneOf, lateDiscrepancies } from '@quadra/matching';
import type { Coverage } from './coverage';
import { coveredThrough } from './coverage';

export interface LaneReading {
  readonly lane: Lane;
  /** `FLOW_LATE` or `CREDIT_LATE`, whatever else is wrong. */
  readonly late: readonly string[];
}

/**
 * Reads the lane out of a row's key `state|codes|dueOn|receiptDueOn`, for a day and what the documents cover. Rows that
 * share a key share a lane, so that a report classifies a few hundred keys and not a million rows.
 */
export const readLane = (laneKey: string, coverage: Coverage, today: LocalDate): LaneReading => {
  const [state, codes, dueOn, receiptDueOn] = laneKey.split('|') as [TransferState, string, LocalDate, LocalDate | ''];
  const lane = laneOf({
    state,
    discrepancies: codes ? codes.split(',').map((code) => ({ code: code as DiscrepancyCode })) : [],
    dueOn,
    receiptDueOn: receiptDueOn || undefined,
    today,
    coveredThrough: coveredThrough(coverage, awaits(state), dueOn),
  });
  // The key holds the one of the two terms that the state waits for.
  const late = lateDiscrepancies({
    state,
    creditDueOn: dueOn,
    flowDueOn: dueOn,
    today,
    creditsThrough: coveredThrough(coverage, 'credit', dueOn),
    flowsThrough: coveredThrough(coverage, 'flow', dueOn),
  });
  return { lane, late };
};
