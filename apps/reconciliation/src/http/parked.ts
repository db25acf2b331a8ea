import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { ICommandHandler } from '@nestjs/cqrs';
import { Command, CommandBus, CommandHandler } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Allows, ApiPosition, ProblemError, Repeatable, recognize } from '@quadra/platform';
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

/** Hands a parked organization everything that it missed. */
export class RetryParked extends Command<void> {
  constructor(
    readonly processor: string,
    readonly org: string,
  ) {
    super();
  }
}

@CommandHandler(RetryParked)
export class RetryParkedHandler implements ICommandHandler<RetryParked> {
  constructor(@Inject(RECONCILIATION_PORTS) private readonly ports: ReconciliationPorts) {}

  async execute({ processor, org }: RetryParked): Promise<void> {
    const released = await this.ports.processors.retryParked(processor, org).catch((error: unknown) => {
      if (recognize(error).status === 503) throw error;
      this.ports.log(`retry of ${org} in ${processor}`, error);
      throw new ProblemError('REFUSED', { reason: 'The same event failed again, the log of the instance says why' }, { cause: error });
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
  list(): ParkedPage {
    return { items: [...this.ports.processors.parked()], nextCursor: null };
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
    return { processor, organization, position: this.ports.position() };
  }
}
