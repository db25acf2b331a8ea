import type { FlowAnomaly, Planter } from './anomalies';
import type { Credit, Organization } from './model';
import type { Rng } from './rng';

/** What the flows of one body share while a month is made. */
export interface FlowContext {
  readonly organization: Organization;
  readonly planter: Planter<FlowAnomaly>;
  readonly rng: Rng;
  /** Ids that other bodies' flows have, by PSP and regulation day. */
  readonly knownIds: Map<string, string>;
  /** Ids that this body's flows have. */
  readonly ownIds: Set<string>;
  nextProgressive(): number;
  credit(credit: Credit): void;
}
