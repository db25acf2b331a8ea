import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allows, ApiProblem, ProblemError, Reads, Repeatable } from '@quadra/platform';
import type { IntegrityPorts } from './ports';
import { INTEGRITY_PORTS } from './ports';
import { TopicAuditStarted, TopicAuditView } from './topic.dto';

@ApiTags('operation')
@Controller('audit/topic')
export class TopicController {
  constructor(@Inject(INTEGRITY_PORTS) private readonly ports: IntegrityPorts) {}

  @Get()
  @Allows('integrity.read')
  @Reads()
  @ApiOperation({
    operationId: 'getTopicAudit',
    summary: 'What the last comparison of the topic of events with the store found; 404 where there is no such topic.',
  })
  @ApiOkResponse({ type: TopicAuditView })
  @ApiProblem(404, 'The feed is read from the store: there is no topic.')
  async get(): Promise<TopicAuditView> {
    const comparison = await this.topic().last();
    return comparison ? { comparison } : {};
  }

  @Post()
  @HttpCode(202)
  @Allows('integrity.verify')
  @Repeatable()
  @ApiOperation({
    operationId: 'auditTopic',
    summary: 'Compares the topic of events with the store, unless that is under way, in the background; 404 where there is no such topic.',
  })
  @ApiAcceptedResponse({ type: TopicAuditStarted })
  @ApiProblem(404, 'The feed is read from the store: there is no topic.')
  async start(): Promise<TopicAuditStarted> {
    await this.topic().start();
    return { position: await this.ports.position() };
  }

  /** @throws ProblemError where the feed is read from the store. */
  private topic(): NonNullable<IntegrityPorts['topic']> {
    if (!this.ports.topic) throw new ProblemError('NOT_FOUND');
    return this.ports.topic;
  }
}
