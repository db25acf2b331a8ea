import type { Integrity } from '../integrity';

/** What the HTTP interface of the seals needs. */
export interface IntegrityPorts {
  readonly integrity: Pick<Integrity, 'sealed' | 'lastVerification' | 'startVerification'>;
  /** Where the history stands now. */
  readonly position: () => Promise<string>;
}

export const INTEGRITY_PORTS = Symbol('quadra:integrity-ports');
