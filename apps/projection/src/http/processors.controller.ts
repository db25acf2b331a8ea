import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Allows, Reads, Repeatable } from '@quadra/platform';
import { ProcessorView, RebuildStarted } from './operation.views';
import type { ProjectionPorts } from './ports';
import { PROJECTION_PORTS } from './ports';
import { RebuildReadModel } from './rebuilds';
import { pageOfView } from './views';

const ProcessorPage = pageOfView(ProcessorView);

@ApiTags('operation')
@Controller('processors')
export class ProcessorsController {
  constructor(
    private readonly commands: CommandBus,
    @Inject(PROJECTION_PORTS) private readonly ports: ProjectionPorts,
  ) {}

  @Get()
  @Allows('processors.read')
  @Reads()
  @ApiOperation({ operationId: 'listProcessors', summary: 'The processors, how far behind each is, and rebuilds under way.' })
  @ApiOkResponse({ type: ProcessorPage })
  async list() {
    const { processors } = this.ports;
    const [found, rebuilds] = await Promise.all([processors.status(), processors.rebuilds()]);
    const items = found.map((status) => {
      const rebuild = rebuilds.get(status.name);
      return { ...status, ...(rebuild && { rebuild }) };
    });
    return { items, nextCursor: null };
  }

  @Post(':name/rebuild')
  @HttpCode(202)
  @Allows('processors.rebuild')
  @Repeatable()
  @ApiOperation({ operationId: 'rebuildProcessor', summary: 'Builds a read model again from the events; goes on in the background.' })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiAcceptedResponse({ type: RebuildStarted })
  async rebuild(@Param('name') name: string): Promise<RebuildStarted> {
    await this.commands.execute(new RebuildReadModel(name));
    return { processor: name, position: await this.ports.position() };
  }
}
