import type { Integrity } from '../integrity';
import type { TopicAudit } from '../topic-audit';

/** What the HTTP interface of the history's integrity needs. */
export interface IntegrityPorts {
  readonly integrity: Pick<Integrity, 'sealed' | 'lastVerification' | 'startVerification'>;
  /** Compares the topic of events with the store; absent where there is no such topic. */
  readonly topic?: Pick<TopicAudit, 'start' | 'last'>;
  /** Where the history stands now. */
  readonly position: () => Promise<string>;
}

export const INTEGRITY_PORTS = Symbol('quadra:integrity-ports');
