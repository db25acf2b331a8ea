import type { ProcessorStatus } from '@quadra/processing';
import type { Queries, RebuildState } from '@quadra/read-models';
import type { PublicEventsService } from '../public-events';

/** The processors of this instance, as far as an operator steers them here. */
export interface ProcessorsPort {
  status(): Promise<readonly ProcessorStatus[]>;
  /** Goes on in the background. @throws UnknownModel, RebuildRunning */
  startRebuild(name: string): Promise<void>;
  /** The last rebuild of each read model. */
  rebuilds(): Promise<ReadonlyMap<string, RebuildState>>;
}

/** What the HTTP interface of the projection service needs of it. */
export interface ProjectionPorts {
  readonly queries: Queries;
  readonly processors: ProcessorsPort;
  readonly publicEvents: PublicEventsService;
  /** Where the history stands now: what a started rebuild answers with. */
  readonly position: () => Promise<string>;
  readonly clock: () => Date;
  /** Gets what failed in the background. */
  readonly log: (message: string, error: unknown) => void;
}

export const PROJECTION_PORTS = Symbol('quadra:projection-ports');
