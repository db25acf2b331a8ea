/** What can be wrong with the topic of events. */
export interface TopicFaults {
  /** Events of the store that should stand in the topic and do not. */
  readonly missing: number;
  /** Events that say something else than the store. */
  readonly changed: number;
  /** Events that the store does not hold at that position in that partition. */
  readonly unknown: number;
  /** Events that come after later ones and were not there before them: readers would drop them. */
  readonly outOfOrder: number;
  /** Messages that follow on a position which the partition does not hold: readers stop there and turn to the store. */
  readonly holes: number;
  /** Messages that no relay has written. */
  readonly unreadable: number;
}

export interface TopicComparison extends TopicFaults {
  /** The topic was compared up to here. */
  readonly position: bigint;
  /** Events that stand in the topic as in the store. */
  readonly events: number;
  /** Events that stand in the topic once more: allowed, readers drop them. */
  readonly repeats: number;
  /** What is wrong, told of the first one that was found. */
  readonly finding?: string;
}

/** Counts what a comparison finds. */
export class TopicTally {
  events = 0;
  repeats = 0;
  private readonly faults: { -readonly [K in keyof TopicFaults]: number } = {
    missing: 0,
    changed: 0,
    unknown: 0,
    outOfOrder: 0,
    holes: 0,
    unreadable: 0,
  };
  private finding: string | undefined;

  fault(kind: keyof TopicFaults, says: string): void {
    this.faults[kind]++;
    this.finding ??= says;
  }

  /** An event that was counted as missing comes late. */
  late(says: string): void {
    this.faults.missing--;
    this.fault('outOfOrder', says);
  }

  result(position: bigint): TopicComparison {
    const { events, repeats, faults, finding } = this;
    return { position, events, repeats, ...faults, ...(finding !== undefined && { finding }) };
  }
}
