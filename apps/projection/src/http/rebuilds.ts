import type { ICommandHandler } from '@nestjs/cqrs';
import { Command, CommandHandler } from '@nestjs/cqrs';
import { Inject } from '@nestjs/common';
import { RebuildRunning, UnknownModel } from '@quadra/read-models';
import { ProblemError } from '@quadra/platform';
import type { ProjectionPorts } from './ports';
import { PROJECTION_PORTS } from './ports';

/** Builds a read model again from the first event, beside the live one. */
export class RebuildReadModel extends Command<void> {
  constructor(readonly name: string) {
    super();
  }
}

@CommandHandler(RebuildReadModel)
export class RebuildReadModelHandler implements ICommandHandler<RebuildReadModel> {
  constructor(@Inject(PROJECTION_PORTS) private readonly ports: ProjectionPorts) {}

  async execute({ name }: RebuildReadModel): Promise<void> {
    try {
      await this.ports.processors.startRebuild(name);
    } catch (error) {
      if (error instanceof UnknownModel) throw new ProblemError('PROCESSOR_UNKNOWN', { known: error.message.split('known are ')[1] ?? '' });
      if (error instanceof RebuildRunning) throw new ProblemError('REBUILD_RUNNING', { name });
      throw error;
    }
  }
}
