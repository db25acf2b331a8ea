import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { ICommandHandler } from '@nestjs/cqrs';
import { Command, CommandBus, CommandHandler } from '@nestjs/cqrs';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@quadra/platform';
import { Allows, ApiPosition, Caller, ProblemError, ReasonBody, Repeatable, actorOf, recognize } from '@quadra/platform';
import type { Skip } from '@quadra/processing';
import type { ReconciliationPorts } from './ports';
import { RECONCILIATION_PORTS } from './ports';

export class ParkedView {
  @ApiProperty()
  processor!: string;
  @ApiProperty({ pattern: '^\\d{11}$' })
  organization!: string;
}

export class ParkedPage {
  @ApiProperty({ type: [ParkedView] })
  items!: ParkedView[];
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class Released {
  @ApiProperty()
  processor!: string;
  @ApiProperty()
  organization!: string;
  @ApiPosition()
  position!: string;
}

/** Hands a parked organization everything that it missed; with a skip all but the event at which it stopped. */
export class RetryParked extends Command<void> {
  constructor(
    readonly processor: string,
    readonly org: string,
    readonly skip?: Skip,
  ) {
    super();
  }
}

@CommandHandler(RetryParked)
export class RetryParkedHandler implements ICommandHandler<RetryParked> {
  constructor(@Inject(RECONCILIATION_PORTS) private readonly ports: ReconciliationPorts) {}

  async execute({ processor, org, skip }: RetryParked): Promise<void> {
    const released = await this.ports.processors.retryParked(processor, org, skip).catch((error: unknown) => {
      if (recognize(error).status === 503) throw error;
      this.ports.log(`retry of ${org} in ${processor}`, error);
      throw new ProblemError(
        'REFUSED',
        { reason: `${skip ? 'A later' : 'The same'} event failed, the log of the instance says why` },
        { cause: error },
      );
    });
    if (!released) throw new ProblemError('NOT_PARKED', { org, name: processor });
  }
}

@ApiTags('operation')
@Controller('parked')
export class ParkedController {
  constructor(
    private readonly commands: CommandBus,
    @Inject(RECONCILIATION_PORTS) private readonly ports: ReconciliationPorts,
  ) {}

  @Get()
  @Allows('parked.read')
  @ApiOperation({ operationId: 'listParked', summary: 'Organizations whose processing stopped at an event.' })
  @ApiOkResponse({ type: ParkedPage })
  async list(): Promise<ParkedPage> {
    return { items: [...(await this.ports.processors.parked())], nextCursor: null };
  }

  @Post(':processor/:org/retry')
  @HttpCode(200)
  @Allows('parked.retry')
  @Repeatable()
  @ApiOperation({ operationId: 'retryParked', summary: 'Tries again from the event at which it stopped.' })
  @ApiParam({ name: 'processor', schema: { type: 'string' } })
  @ApiParam({ name: 'org', schema: { type: 'string', pattern: '^\\d{11}$' } })
  @ApiOkResponse({ type: Released })
  async retry(@Param('processor') processor: string, @Param('org') organization: string): Promise<Released> {
    await this.commands.execute(new RetryParked(processor, organization));
    return { processor, organization, position: await this.ports.position() };
  }

  @Post(':processor/:org/skip')
  @HttpCode(200)
  @Allows('parked.skip')
  @Repeatable()
  @ApiOperation({
    operationId: 'skipParked',
    summary: 'Passes over the event at which it stopped and goes on; recorded, and answers say stale until a rebuild.',
  })
  @ApiParam({ name: 'processor', schema: { type: 'string' } })
  @ApiParam({ name: 'org', schema: { type: 'string', pattern: '^\\d{11}$' } })
  @ApiBody({ type: ReasonBody })
  @ApiOkResponse({ type: Released })
  async skip(
    @Param('processor') processor: string,
    @Param('org') organization: string,
    @Body() { reason }: ReasonBody,
    @Caller() caller: Principal,
  ): Promise<Released> {
    await this.commands.execute(new RetryParked(processor, organization, { reason, actor: actorOf(caller) }));
    return { processor, organization, position: await this.ports.position() };
  }
}
