import type { ICommandHandler } from '@nestjs/cqrs';
import { Command, CommandHandler } from '@nestjs/cqrs';
import { Inject, Injectable } from '@nestjs/common';
import { UnknownModel } from '@quadra/read-models';
import { ProblemError } from '@quadra/platform';
import type { RebuildView } from './operation.views';
import type { ProjectionPorts } from './ports';
import { PROJECTION_PORTS } from './ports';

const ENDED = new Set(['done', 'failed']);

/** The rebuilds that this process runs or ran, one per read model. */
@Injectable()
export class Rebuilds {
  private readonly known = new Map<string, RebuildView>();

  constructor(@Inject(PROJECTION_PORTS) private readonly ports: ProjectionPorts) {}

  of(name: string): RebuildView | undefined {
    return this.known.get(name);
  }

  /** Starts one; it goes on in the background. */
  async start(name: string): Promise<void> {
    const running = this.known.get(name);
    if (running && !ENDED.has(running.phase)) throw new ProblemError('REBUILD_RUNNING', { name });
    const before = running;
    this.known.set(name, { phase: 'filling', version: 0, eventsHandled: 0 });
    const work = this.run(name);
    // An unknown name is refused before the first step of the work, so it has shown when this turn of the loop is over.
    const refused = await Promise.race([work, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
    if (!(refused instanceof UnknownModel)) return;
    if (before) this.known.set(name, before);
    else this.known.delete(name);
    throw new ProblemError('PROCESSOR_UNKNOWN', { known: refused.message.split('known are ')[1] ?? '' });
  }

  private async run(name: string): Promise<unknown> {
    try {
      const [result] = await this.ports.processors.rebuild([name], ({ phase, version, eventsHandled }) => {
        this.known.set(name, { phase: phase === 'done' ? 'comparing' : phase, version, eventsHandled });
      });
      const last = this.known.get(name) ?? { version: 0, eventsHandled: 0 };
      const equal = result?.equal;
      this.known.set(name, {
        phase: 'done',
        version: result?.version ?? last.version,
        eventsHandled: last.eventsHandled,
        ...(equal !== undefined && { equal }),
      });
      return undefined;
    } catch (error) {
      if (error instanceof UnknownModel) return error;
      this.ports.log(`rebuild of ${name}`, error);
      this.known.set(name, { ...(this.known.get(name) ?? { version: 0, eventsHandled: 0 }), phase: 'failed' });
      return error;
    }
  }
}

/** Builds a read model again from the first event, beside the live one. */
export class RebuildReadModel extends Command<void> {
  constructor(readonly name: string) {
    super();
  }
}

@CommandHandler(RebuildReadModel)
export class RebuildReadModelHandler implements ICommandHandler<RebuildReadModel> {
  constructor(private readonly rebuilds: Rebuilds) {}

  execute({ name }: RebuildReadModel): Promise<void> {
    return this.rebuilds.start(name);
  }
}
