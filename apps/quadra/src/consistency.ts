import type { Pool } from 'pg';
import type { ProcessorRunner } from '@quadra/processing';
import type { ReadModelHost } from '@quadra/read-models';
import { filesUpTo } from '@quadra/read-models';

export interface ConsistencyParts {
  readonly pool: Pool;
  readonly matcher: ProcessorRunner;
  readonly lifecycle: ProcessorRunner;
  readonly host: ReadModelHost;
}

const POLL_MS = 25;

/**
 * Read your writes: a read `after` a position waits until all that follows from it stands in the read models. Facts pass
 * the matcher, its judgements pass the lifecycle, and what that appended must be projected.
 */
export class Consistency {
  /** The highest position for which everything that followed was seen in the read models once: it never becomes untrue. */
  private settled = 0n;

  constructor(private readonly parts: ConsistencyParts) {}

  /** The position up to which every read model has everything that followed. */
  position(): bigint {
    return this.parts.host.live.map((r) => r.position).reduce((a, b) => (a < b ? a : b));
  }

  /** A processor has parked the organization, so its answers lack something. */
  isStale(org: string): boolean {
    const { matcher, lifecycle, host } = this.parts;
    return [matcher, lifecycle, ...host.live].some((r) => r.isParked(org));
  }

  isReconciled(position: bigint): boolean {
    if (position <= this.settled) return true;
    if (!this.reached(position) || this.position() < this.needed(position)) return false;
    this.settled = position;
    return true;
  }

  /** @returns false when the time passed first. Files accepted up to the position are waited for too. */
  async waitFor(org: string, position: bigint, timeoutMs: number): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    const files = this.parts.host.runner('files')!;
    if (!(await files.waitFor(position, timeoutMs))) return false;
    let target = position;
    for (;;) {
      const { pending, endedPosition } = await filesUpTo(this.parts.pool, org, position);
      if (pending === 0) {
        target = endedPosition > position ? endedPosition : position;
        break;
      }
      if (Date.now() >= end) return false;
      await sleep(POLL_MS);
    }
    return this.waitForPosition(target, Math.max(0, end - Date.now()));
  }

  /**
   * Waits for everything that follows from a position, of whatever organization, stage by stage: what the matcher had
   * said when it passed the position, then what the lifecycle had said when it passed that. Later writes do not prolong it.
   */
  async waitForPosition(position: bigint, timeoutMs: number): Promise<boolean> {
    const { matcher, lifecycle, host } = this.parts;
    const end = Date.now() + timeoutMs;
    const left = () => Math.max(0, end - Date.now());
    if (!(await matcher.waitFor(position, left()))) return false;
    const judged = max(position, matcher.lastOutput);
    if (!(await lifecycle.waitFor(judged, left()))) return false;
    const carried = max(judged, lifecycle.lastOutput);
    for (const runner of host.live) if (!(await runner.waitFor(carried, left()))) return false;
    this.settled = max(this.settled, position);
    return true;
  }

  private reached(position: bigint): boolean {
    const { matcher, lifecycle } = this.parts;
    return matcher.position >= position && lifecycle.position >= max(position, matcher.lastOutput);
  }

  private needed(position: bigint): bigint {
    return max(position, this.parts.matcher.lastOutput, this.parts.lifecycle.lastOutput);
  }
}

const max = (...values: bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
