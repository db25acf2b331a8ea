import type { ClientBase, Pool } from 'pg';
import type { EventStore, FeedBatch } from '@quadra/event-store';
import type { Processor } from '@quadra/processing';

const nextBatch = async (store: EventStore, after: bigint, { categories }: Processor, batchSize: number): Promise<FeedBatch> => {
  const abort = new AbortController();
  for await (const batch of store.subscribe(after, { categories, batchSize, signal: abort.signal })) {
    abort.abort();
    return batch;
  }
  throw new Error('The feed ended before its first batch');
};

/**
 * Runs a processor by hand, one batch of a chosen size at a time, in one transaction with its position: what the runner
 * does, but a test decides when it happens and when it dies.
 */
export class Stepper {
  position = 0n;
  /** The last position that the processor said it appended. */
  lastOutput = 0n;

  constructor(
    private readonly pool: Pool,
    private readonly store: EventStore,
    private readonly processor: Processor,
  ) {}

  /**
   * @param beforeCommit throws to play a crash between the appends and the commit: then nothing of the batch stays.
   * @returns whether there was anything new to look at.
   */
  async step(batchSize: number, beforeCommit: (tx: ClientBase) => Promise<void> | void = () => undefined): Promise<boolean> {
    const batch = await nextBatch(this.store, this.position, this.processor, batchSize);
    const tx = await this.pool.connect();
    try {
      await tx.query('begin');
      const output = batch.events.length ? await this.processor.handle(batch.events, tx) : undefined;
      await beforeCommit(tx);
      await tx.query('commit');
      this.lastOutput = output?.lastOutput ?? this.lastOutput;
    } catch (error) {
      await tx.query('rollback');
      this.processor.reset?.();
      throw error;
    } finally {
      tx.release();
    }
    const moved = batch.mark > this.position;
    this.position = batch.mark;
    return moved;
  }
}

/** Steps several processors until none finds anything new. */
export const settle = async (steppers: readonly Stepper[], batchSize = 1_000): Promise<void> => {
  for (let moved = true; moved;) {
    moved = false;
    for (const stepper of steppers) moved = (await stepper.step(batchSize)) || moved;
  }
};
