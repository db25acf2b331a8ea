import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Allows, ApiCount, Reads } from '@quadra/platform';
import type { ProjectionPorts } from './ports';
import { PROJECTION_PORTS } from './ports';

export class PublicEventsAuditView {
  @ApiProperty({ type: 'integer', format: 'int64', description: 'Public events that are kept.' })
  events!: number;
  @ApiCount()
  missingNumbers!: number;
  @ApiProperty({ type: 'integer', format: 'int64', description: 'Subjects whose numbers have a gap.' })
  brokenSubjects!: number;
  @ApiProperty({ type: 'integer', format: 'int64', description: 'Transfers whose last public state is not the one of the read model.' })
  otherStates!: number;
}

@ApiTags('operation')
@Controller('audit')
export class AuditController {
  constructor(@Inject(PROJECTION_PORTS) private readonly ports: ProjectionPorts) {}

  @Get('public-events')
  @Allows('integrity.read')
  @Reads()
  @ApiOperation({ operationId: 'auditPublicEvents', summary: 'Compares the public events with themselves and with the read models.' })
  @ApiOkResponse({ type: PublicEventsAuditView })
  publicEvents(): Promise<PublicEventsAuditView> {
    return this.ports.publicEvents.events.audit();
  }
}
