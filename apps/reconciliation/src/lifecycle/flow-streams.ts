import type { StoredEvent } from '@quadra/event-store';
import type { SettlementFlowEvent } from '@quadra/domain';
import { Recent } from '@quadra/processing';

/**
 * Streams of flows as the feed brought them lately, with their lines. A flow is looked at when it is complete and again when its
 * money comes: mostly soon after, so that its lines need not be read from the store each time.
 */
export class FlowStreams {
  private readonly recent: Recent<SettlementFlowEvent[]>;

  /** @param lines how many lines of flows are kept; a flow of more than half of it is not. */
  constructor(private readonly lines: number) {
    this.recent = new Recent(lines);
  }

  take(key: string, event: StoredEvent): void {
    const known = event.revision === 0 ? [] : this.recent.get(key);
    if (known?.length !== event.revision) return; // seen before, or it began before this process did
    known.push(event as unknown as SettlementFlowEvent);
    const weight = known.reduce((sum, e) => sum + weightOf(e), 0);
    if (weight > this.lines / 2) this.recent.delete(key);
    else this.recent.set(key, known, weight, weightOf(event));
  }

  /** The stream up to this revision, if all of it came by. */
  whole(key: string, revision: number): readonly SettlementFlowEvent[] | undefined {
    const known = this.recent.get(key);
    return known?.length === revision + 1 ? known : undefined;
  }

  clear(): void {
    this.recent.clear();
  }
}

const weightOf = ({ type, data }: Pick<StoredEvent, 'type' | 'data'>): number =>
  type === 'SettlementLinesReported' ? 1 + (data as { lines: readonly unknown[] }).lines.length : 1;
