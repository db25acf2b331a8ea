import { Inject } from '@nestjs/common';
import type { ICommandHandler, IQueryHandler } from '@nestjs/cqrs';
import { CommandHandler, QueryHandler } from '@nestjs/cqrs';
import { organizationStream } from '@quadra/domain';
import type { OrgId } from '@quadra/kernel';
import { isRejection } from '@quadra/kernel';
import { ProblemError, SealBroken } from '@quadra/platform';
import { FileEmpty, FileTooLarge } from '../intake';
import { begun } from './begun';
import { DecideOrganization, GetOriginal, GetRejects, TakeFileBack, TakeFileIn } from './messages';
import type { Written } from './messages';
import { COMMAND_PORTS } from './ports';
import type { CommandPorts } from './ports';

@CommandHandler(DecideOrganization)
export class DecideOrganizationHandler implements ICommandHandler<DecideOrganization> {
  constructor(@Inject(COMMAND_PORTS) private readonly ports: CommandPorts) {}

  async execute({ org, command, act }: DecideOrganization): Promise<Written> {
    const outcome = await this.ports.organizations.execute(org, command, act);
    if (!isRejection(outcome)) return { position: String(outcome.position), changed: outcome.changed };
    if (outcome.rejected === 'ORGANIZATION_EXISTS' || outcome.rejected === 'ORGANIZATION_UNKNOWN') {
      throw new ProblemError(outcome.rejected, { org });
    }
    throw new ProblemError('REFUSED', { reason: outcome.because });
  }
}

@CommandHandler(TakeFileIn)
export class TakeFileInHandler implements ICommandHandler<TakeFileIn> {
  constructor(@Inject(COMMAND_PORTS) private readonly ports: CommandPorts) {}

  async execute({ org, name, content, requestedFormat, act }: TakeFileIn) {
    await requireRegistered(this.ports, org);
    try {
      const incoming = { name, content, actor: act.actor, correlationId: act.commandId, ...(requestedFormat && { requestedFormat }) };
      return await this.ports.intake.accept(org, incoming);
    } catch (error) {
      if (error instanceof FileEmpty) throw new ProblemError('FILE_EMPTY');
      if (error instanceof FileTooLarge) throw new ProblemError('TOO_LARGE', { maxBytes: error.maxBytes });
      throw error;
    }
  }
}

@CommandHandler(TakeFileBack)
export class TakeFileBackHandler implements ICommandHandler<TakeFileBack> {
  constructor(@Inject(COMMAND_PORTS) private readonly ports: CommandPorts) {}

  async execute({ org, fileId, reason, act }: TakeFileBack) {
    await requireRegistered(this.ports, org);
    if (!isStreamId(fileId)) throw new ProblemError('FILE_UNKNOWN');
    const outcome = await this.ports.intake.void({ org, fileId, reason, actor: act.actor, correlationId: act.commandId });
    if (isRejection(outcome)) throw new ProblemError(outcome.rejected);
    return outcome;
  }
}

@QueryHandler(GetRejects)
export class GetRejectsHandler implements IQueryHandler<GetRejects> {
  constructor(@Inject(COMMAND_PORTS) private readonly ports: CommandPorts) {}

  async execute({ org, fileId }: GetRejects) {
    return this.ports.intake.rejectsCsv(org, fileId).then(orFileUnknown);
  }
}

@QueryHandler(GetOriginal)
export class GetOriginalHandler implements IQueryHandler<GetOriginal> {
  constructor(@Inject(COMMAND_PORTS) private readonly ports: CommandPorts) {}

  async execute({ org, fileId }: GetOriginal) {
    const { stream, ...file } = await this.ports.intake.original(org, fileId).then(orFileUnknown);
    return { ...file, stream: await begun(stream).catch(sealFirst) };
  }
}

/** A seal that does not open stays so: asking again, as for bytes that are away for now, would not help. */
const sealFirst = (error: unknown): never => {
  const { cause } = error as Error;
  throw cause instanceof SealBroken ? cause : error;
};

/** `<sha256>_<attempt>`: whatever else was asked for never was a file. */
const isStreamId = (fileId: string): boolean => /^[0-9a-f]{64}_\d{1,6}$/.test(fileId);

const orFileUnknown = <T>(found: T | undefined): T => {
  if (found === undefined) throw new ProblemError('FILE_UNKNOWN');
  return found;
};

/** Asked of the stream itself: a read model might not have heard of a registration of a moment ago. */
const requireRegistered = async ({ store }: CommandPorts, org: OrgId): Promise<void> => {
  if ((await store.read(organizationStream(org))).length === 0) throw new ProblemError('ORGANIZATION_UNKNOWN', { org });
};
