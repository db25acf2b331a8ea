import type { DynamicModule } from '@nestjs/common';
import { Body, Controller, Get, HttpCode, Inject, Module, Param, Post, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { ProcessorStatus, Skip } from '@quadra/processing';
import { Allows } from '../auth';
import { ProblemError, recognize } from '../problem';

/** The processors of one service, for the other services. */
export interface InternalPort {
  /** @param isAwaited somebody waits for them to come further. */
  report(isAwaited: boolean): Promise<readonly ProcessorStatus[]>;
  /** @returns false when the organization is not parked there; throws when it fails again. */
  retryParked(processor: string, org: string, skip?: Skip): Promise<boolean>;
}

const INTERNAL = Symbol('quadra:internal');

/** What services ask of each other; the address in front of them does not lead here. */
@ApiExcludeController()
@Controller('internal')
class InternalController {
  constructor(@Inject(INTERNAL) private readonly port: InternalPort) {}

  @Get('processors')
  @Allows('processors.read')
  async processors(@Query('awaited') awaited?: string): Promise<{ items: readonly ProcessorStatus[] }> {
    return { items: await this.port.report(awaited === 'true') };
  }

  @Post('parked/:processor/:org/retry')
  @HttpCode(200)
  @Allows('parked.retry')
  async retry(
    @Param('processor') processor: string,
    @Param('org') org: string,
    @Body() body?: { reason?: unknown; actor?: unknown },
  ): Promise<{ released: boolean }> {
    try {
      return { released: await this.port.retryParked(processor, org, skipOf(body)) };
    } catch (error) {
      if (recognize(error).status === 503) throw error;
      throw new ProblemError('REFUSED', { reason: 'The same event failed again, the log of the service says why' }, { cause: error });
    }
  }
}

/** Only a skip has a reason. */
const skipOf = (body: { reason?: unknown; actor?: unknown } | undefined): Skip | undefined =>
  typeof body?.reason === 'string' && typeof body.actor === 'string' ? { reason: body.reason, actor: body.actor } : undefined;

@Module({})
export class InternalModule {
  static forRoot(port: InternalPort): DynamicModule {
    return { module: InternalModule, controllers: [InternalController], providers: [{ provide: INTERNAL, useValue: port }] };
  }
}
