import type { ClientBase } from 'pg';
import type { StoredEvent } from '@quadra/event-store';

/**
 * A reader of the feed with tables of its own. `handle` turns a batch into a few set-based statements; the runner moves
 * the checkpoint in the same transaction. Handling the same events again must change nothing.
 */
export interface Processor {
  readonly name: string;
  readonly version: number;
  readonly categories: readonly string[];
  readonly batchSize: number;
  /** Creates its tables where they are missing. */
  migrate(client: ClientBase): Promise<void>;
  /** @returns the last position that it appended to the store itself, if it did. */
  handle(batch: readonly StoredEvent[], tx: ClientBase): Promise<{ readonly lastOutput?: bigint } | void>;
  /** A failed batch was rolled back: forget what was kept in memory. */
  reset?(): void;
}

export interface ProcessorStatus {
  readonly name: string;
  readonly version: number;
  readonly position: string;
  readonly lastOutput: string;
  readonly caughtUp: boolean;
  /** Seconds since the processor was last level with the feed; 0 when it is. */
  readonly lagSeconds: number;
  readonly running: boolean;
  readonly eventsHandled: number;
  readonly parked: readonly string[];
  readonly error?: string;
}
