import type { EventStore } from '@quadra/event-store';
import type { EventFeed, FeedPart } from '@quadra/event-feed';
import { partitionOf, storePart } from '@quadra/event-feed';

interface Held {
  readonly abort: AbortController;
  readonly work: Promise<void>;
}

/** A feed whose parts a test hands to a process and takes away again, as a group of processes would share them. */
export class HandedFeed implements EventFeed {
  private readonly held = new Map<number, Held>();
  private work: ((part: FeedPart, signal: AbortSignal) => Promise<void>) | undefined;
  private failed: ((error: unknown) => void) | undefined;

  constructor(
    private readonly store: EventStore,
    readonly partitions: number,
  ) {}

  partitionOf(stream: string): number {
    return partitionOf(stream, this.partitions);
  }

  give(...partitions: number[]): void {
    for (const partition of partitions) {
      const abort = new AbortController();
      const work = this.work!(storePart(this.store, partition, this.partitions), abort.signal).catch((error) => this.failed?.(error));
      this.held.set(partition, { abort, work });
    }
  }

  /** Returns when the work on them has ended. */
  async take(...partitions: number[]): Promise<void> {
    for (const partition of partitions) {
      const { abort, work } = this.held.get(partition)!;
      abort.abort();
      await work;
      this.held.delete(partition);
    }
  }

  async claim(_group: string, work: (part: FeedPart, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    this.work = work;
    await new Promise<void>((resolve, reject) => {
      this.failed = reject;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await this.take(...this.held.keys());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
