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

/** The part of the feed that one instance of a processor works on. */
export interface PartScope {
  readonly partition: number;
  /** How many there are: what an instance keeps in memory is its share of what the process may keep. */
  readonly partitions: number;
  /** Whether the events of an organization come in this part. */
  readonly owns: (org: string) => boolean;
}

/** Makes an instance for one part: what it remembers of its part ends with it. */
export type ProcessorFactory = (scope: PartScope) => Processor;

/** How far a processor has come in one partition. */
export interface Place {
  readonly position: bigint;
  readonly lastOutput: bigint;
}

export interface PartStatus {
  readonly partition: number;
  readonly position: string;
  readonly lastOutput: string;
  /** This process works on it; otherwise the place is what the table says. */
  readonly here: boolean;
}

export interface ProcessorStatus {
  readonly name: string;
  readonly version: number;
  /** The position that every partition has reached. */
  readonly position: string;
  readonly lastOutput: string;
  /** Whether the partitions that this process works on are level with the feed. */
  readonly caughtUp: boolean;
  /** Seconds since the processor was last level with the feed; 0 when it is. */
  readonly lagSeconds: number;
  readonly running: boolean;
  readonly eventsHandled: number;
  readonly parked: readonly string[];
  /** Organizations of which an event was passed over: their answers lack it until this processor is rebuilt. */
  readonly skipped: readonly string[];
  readonly partitions: readonly PartStatus[];
  readonly error?: string;
}

/** Who passes over an event that nobody can mend, and why: it stands in a table. */
export interface Skip {
  readonly reason: string;
  readonly actor: string;
}

/** What others may know about a processor, wherever it runs. */
export interface ProcessorView {
  readonly name: string;
  /** How far it had come when last seen. */
  place(partition: number): Place;
  /** Looks where it runs elsewhere; afterwards `place` and `isBehind` are as of now. */
  refresh(): Promise<void>;
  /** Resolves when it has taken in everything up to a position, in one partition or in all; false if the time passes first. */
  waitFor(position: bigint, timeoutMs: number, partition?: number): Promise<boolean>;
  /** What it tells of an organization lacks something: it is parked, or an event of it was passed over. */
  isBehind(org: string): boolean;
}
