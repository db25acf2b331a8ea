import type { LocalDate } from '@quadra/kernel';
import type { DiscrepancyCode, TransferState } from '@quadra/domain';
import type { Lane } from '@quadra/matching';
import { laneOf } from '@quadra/matching';
import type { Coverage } from './coverage';
import { coveredThrough } from './coverage';

export interface LaneReading {
  readonly lane: Lane;
  /** `FLOW_LATE` or `CREDIT_LATE`, when the lane is late. */
  readonly late: readonly string[];
}

/** What a transfer waits for: its flow while nobody has reported it, else the money. */
const awaits = (state: string): 'flow' | 'credit' => (state === 'paid' || state === 'withdrawn' ? 'flow' : 'credit');

/**
 * Reads the lane out of a row's key `state|codes|dueOn|receiptDueOn`, for a day and what the documents cover. Rows that
 * share a key share a lane, so that a report classifies a few hundred keys and not a million rows.
 */
export const readLane = (laneKey: string, coverage: Coverage, today: LocalDate): LaneReading => {
  const [state, codes, dueOn, receiptDueOn] = laneKey.split('|') as [TransferState, string, LocalDate, LocalDate | ''];
  const waitsFor = awaits(state);
  const lane = laneOf({
    state,
    discrepancies: codes ? codes.split(',').map((code) => ({ code: code as DiscrepancyCode })) : [],
    dueOn,
    receiptDueOn: receiptDueOn || undefined,
    today,
    coveredThrough: coveredThrough(coverage, waitsFor, dueOn),
  });
  return { lane, late: lane === 'late' ? [waitsFor === 'flow' ? 'FLOW_LATE' : 'CREDIT_LATE'] : [] };
};
