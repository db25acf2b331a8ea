import type { EventStore } from '@quadra/event-store';
import type { Intake } from '../intake';
import type { Organizations } from '../organizations/organizations';

/** What the HTTP interface of the command service needs of it. */
export interface CommandPorts {
  readonly organizations: Pick<Organizations, 'execute'>;
  readonly intake: Pick<Intake, 'maxBytes' | 'accept' | 'void' | 'rejectsCsv' | 'original'>;
  readonly store: Pick<EventStore, 'read'>;
}

export const COMMAND_PORTS = Symbol('quadra:command-ports');
