import type { Skip } from '@quadra/processing';

/** What the HTTP interface of the reconciliation service needs of it. */
export interface ReconciliationPorts {
  readonly processors: {
    parked(): Promise<readonly { processor: string; organization: string }[]>;
    /** @returns false when the organization is not parked there; throws when it fails again. */
    retryParked(processor: string, org: string, skip?: Skip): Promise<boolean>;
  };
  /** Where the history stands now. */
  readonly position: () => Promise<string>;
  /** Gets what failed while somebody tried to mend it. */
  readonly log: (message: string, error: unknown) => void;
}

export const RECONCILIATION_PORTS = Symbol('quadra:reconciliation-ports');
