import type { ProcessorStatus } from '@quadra/processing';
import type { Queries, RebuildProgress, RebuildResult } from '@quadra/read-models';

/** The processors of this instance, as far as an operator steers them here. */
export interface ProcessorsPort {
  status(): readonly ProcessorStatus[];
  rebuild(names: readonly string[], onProgress: (progress: RebuildProgress) => void): Promise<readonly RebuildResult[]>;
}

/** What the HTTP interface of the projection service needs of it. */
export interface ProjectionPorts {
  readonly queries: Queries;
  readonly processors: ProcessorsPort;
  /** Where the history stands now: what a started rebuild answers with. */
  readonly position: () => string;
  readonly clock: () => Date;
  /** Gets what failed in the background. */
  readonly log: (message: string, error: unknown) => void;
}

export const PROJECTION_PORTS = Symbol('quadra:projection-ports');
