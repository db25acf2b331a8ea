import type { Pool } from 'pg';
import type { Consistency as HttpConsistency } from '@quadra/platform';
import type { ProcessorView } from '@quadra/processing';
import { filesUpTo } from '@quadra/read-models';

/** The processors that an answer depends on, wherever they run. */
export interface ConsistencyParts {
  readonly pool: Pool;
  readonly partitions: number;
  readonly partitionOf: (org: string) => number;
  readonly matcher: ProcessorView;
  readonly lifecycle: ProcessorView;
  /** The live read models; another list after a rebuild. */
  readonly models: () => readonly ProcessorView[];
}

const POLL_MS = 25;

/**
 * Read your writes: a read `after` a position waits until all that follows from it stands in the read models. Facts pass
 * the matcher, its judgements pass the lifecycle, and what that appended must be projected. All of one organization is in
 * one partition of each; what other partitions do does not matter to it.
 */
export class Consistency {
  /** By partition: the highest position for which everything that followed was seen in the read models once: that stays true. */
  private readonly settled = new Map<number, bigint>();

  constructor(private readonly parts: ConsistencyParts) {}

  /** The position up to which every read model has everything: of one organization, or of all. */
  async position(org?: string): Promise<bigint> {
    const models = this.parts.models();
    await refresh(models);
    const partitions = org === undefined ? this.all() : [this.parts.partitionOf(org)];
    return models.flatMap((m) => partitions.map((p) => m.place(p).position)).reduce((a, b) => (a < b ? a : b));
  }

  /** A processor has parked the organization, or passed over an event of it: its answers lack something. */
  async isStale(org: string): Promise<boolean> {
    const { matcher, lifecycle, models } = this.parts;
    const all = [matcher, lifecycle, ...models()];
    await refresh(all);
    return all.some((processor) => processor.isBehind(org));
  }

  /** Tells of positions in the streams of an organization, as of now, whether everything that followed can be read. */
  async reconciledOf(org: string): Promise<(position: bigint) => boolean> {
    const partition = this.parts.partitionOf(org);
    const { matcher, lifecycle, models } = this.parts;
    await refresh([matcher, lifecycle, ...models()]);
    const [judge, carrier] = [matcher.place(partition), lifecycle.place(partition)];
    const shown = models()
      .map((m) => m.place(partition).position)
      .reduce((a, b) => (a < b ? a : b));
    return (position) => {
      if (position <= (this.settled.get(partition) ?? 0n)) return true;
      const isReconciled =
        judge.position >= position &&
        carrier.position >= max(position, judge.lastOutput) &&
        shown >= max(position, judge.lastOutput, carrier.lastOutput);
      if (isReconciled) this.settle(partition, position);
      return isReconciled;
    };
  }

  /** @returns false when the time passed first. Files accepted up to the position are waited for too. */
  async waitFor(org: string, position: bigint, timeoutMs: number): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    const partition = this.parts.partitionOf(org);
    const files = this.parts.models().find(({ name }) => name === 'files')!;
    if (!(await files.waitFor(position, timeoutMs, partition))) return false;
    let target = position;
    for (;;) {
      const { pending, endedPosition } = await filesUpTo(this.parts.pool, org, position);
      if (pending === 0) {
        target = max(position, endedPosition);
        break;
      }
      if (Date.now() >= end) return false;
      await sleep(POLL_MS);
    }
    return this.waitIn(partition, target, end);
  }

  /** The same for everything that follows from a position, of whatever organization. */
  async waitForPosition(position: bigint, timeoutMs: number): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    const reached = await Promise.all(this.all().map((partition) => this.waitIn(partition, position, end)));
    return reached.every(Boolean);
  }

  /**
   * Stage by stage: what the matcher had said when it passed the position, then what the lifecycle had said when it passed
   * that. Later writes do not prolong it.
   */
  private async waitIn(partition: number, position: bigint, end: number): Promise<boolean> {
    const { matcher, lifecycle, models } = this.parts;
    const left = () => Math.max(0, end - Date.now());
    if (!(await matcher.waitFor(position, left(), partition))) return false;
    const judged = max(position, matcher.place(partition).lastOutput);
    if (!(await lifecycle.waitFor(judged, left(), partition))) return false;
    const carried = max(judged, lifecycle.place(partition).lastOutput);
    for (const model of models()) if (!(await model.waitFor(carried, left(), partition))) return false;
    this.settle(partition, position);
    return true;
  }

  private settle(partition: number, position: bigint): void {
    this.settled.set(partition, max(this.settled.get(partition) ?? 0n, position));
  }

  private all(): number[] {
    return Array.from({ length: this.parts.partitions }, (_, partition) => partition);
  }
}

const refresh = async (views: readonly ProcessorView[]): Promise<void> => void (await Promise.all(views.map((view) => view.refresh())));
const max = (...values: bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Read your writes as the HTTP interface asks for it. */
export const httpConsistency = (consistency: Consistency): HttpConsistency => ({
  waitFor: (org, position, timeoutMs) =>
    org === undefined ? consistency.waitForPosition(BigInt(position), timeoutMs) : consistency.waitFor(org, BigInt(position), timeoutMs),
  position: async (org) => String(await consistency.position(org)),
  isStale: (org) => consistency.isStale(org),
});
