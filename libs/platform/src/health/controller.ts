import { Controller, Get, Header, HttpCode, Inject } from '@nestjs/common';
import { ApiExtension, ApiOkResponse, ApiOperation, ApiProduces, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Public } from '../auth';
import type { MetricsRegistry } from '../metrics';
import { ProblemError } from '../problem';
import type { HealthCheck } from './health';
import { reportHealth } from './health';

export const OPERATION = Symbol('quadra:operation');

/** What the probes need to know about the process. */
export interface OperationPort {
  readonly version: string;
  readonly profile: 'standalone' | 'cluster';
  readonly metrics: MetricsRegistry;
  readonly checks: readonly HealthCheck[];
}

export class InstanceStatus {
  @ApiProperty({ enum: ['up'] })
  status!: 'up';
  @ApiProperty({ example: '0.1.0' })
  version!: string;
  @ApiProperty({ enum: ['standalone', 'cluster'] })
  profile!: string;
}

export class Health {
  @ApiProperty({ enum: ['up'] })
  status!: 'up';
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string', enum: ['up', 'down'] } })
  checks!: Readonly<Record<string, string>>;
}

/** Probes and figures; none needs a key, none tells anything about the business. */
@ApiTags('operation')
@Controller()
export class OperationController {
  constructor(@Inject(OPERATION) private readonly operation: OperationPort) {}

  @Get('api/v1/status')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ operationId: 'getStatus', summary: 'Is the instance running, in which version?' })
  @ApiExtension('x-summary', 'Status of the instance')
  @ApiOkResponse({ type: InstanceStatus })
  async status(): Promise<InstanceStatus> {
    await this.requireHealthy();
    return { status: 'up', version: this.operation.version, profile: this.operation.profile };
  }

  @Get('health/live')
  @Public()
  @HttpCode(200)
  @ApiOperation({ operationId: 'getLiveness', summary: 'The process runs.' })
  @ApiOkResponse({ type: Health })
  live(): Health {
    return { status: 'up', checks: {} };
  }

  @Get('health/ready')
  @Public()
  @ApiOperation({ operationId: 'getReadiness', summary: 'The instance can serve.' })
  @ApiOkResponse({ type: Health })
  async ready(): Promise<Health> {
    return { status: 'up', checks: await this.requireHealthy() };
  }

  @Get('metrics')
  @Public()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOperation({ operationId: 'getMetrics', summary: 'Figures of the process for Prometheus.' })
  @ApiOkResponse({ schema: { type: 'string' } })
  metrics(): string {
    return this.operation.metrics.text();
  }

  private async requireHealthy(): Promise<Readonly<Record<string, string>>> {
    const { healthy, checks } = await reportHealth(this.operation.checks);
    if (!healthy) throw new ProblemError('UNAVAILABLE', {}, { cause: new Error(`checks: ${JSON.stringify(checks)}`) });
    return checks;
  }
}
