import type { OrgId, Rejection } from '@quadra/kernel';
import { isRejection } from '@quadra/kernel';
import type { EventStore } from '@quadra/event-store';
import type { OrganizationCommand, OrganizationEvent } from '@quadra/domain';
import { UNKNOWN_ORGANIZATION, decideOrganization, evolveOrganization, organizationStream } from '@quadra/domain';

export interface CommandContext {
  /** Names the act: the same id again is the same act. */
  readonly commandId: string;
  readonly actor: string;
  readonly correlationId?: string;
}

const MAX_ATTEMPTS = 5;

/** Registers and configures organizations: loads, decides, appends at the exact revision, and decides again on a conflict. */
export class Organizations {
  constructor(private readonly store: EventStore) {}

  async execute(
    org: OrgId,
    command: OrganizationCommand,
    context: CommandContext,
  ): Promise<{ position: bigint; changed: boolean } | Rejection> {
    const stream = organizationStream(org);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const history = await this.store.read(stream);
      const state = history.reduce((o, e) => evolveOrganization(o, e as unknown as OrganizationEvent), UNKNOWN_ORGANIZATION);
      const outcome = decideOrganization(command, state);
      if (isRejection(outcome)) return outcome;
      if (outcome.length === 0) return { position: history.at(-1)?.position ?? 0n, changed: false };
      const meta = {
        commandId: context.commandId,
        actor: context.actor,
        schemaVersion: 1,
        ...(context.correlationId !== undefined && { $correlationId: context.correlationId }),
      };
      const result = await this.store.append({ stream, expected: state.revision, events: outcome.map((e) => ({ ...e, meta })) });
      if (result.ok) return { position: result.position, changed: true };
    }
    throw new Error(`${stream} moves faster than it can be decided`);
  }
}
