import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NO_SEALS } from '@quadra/domain';
import { Allows, ProblemError, Reads, Repeatable } from '@quadra/platform';
import { VerificationRunning } from '../integrity';
import { IntegrityView, VerificationRequest, VerificationStarted } from './integrity.dto';
import type { IntegrityPorts } from './ports';
import { INTEGRITY_PORTS } from './ports';

@ApiTags('operation')
@Controller('integrity')
export class IntegrityController {
  constructor(@Inject(INTEGRITY_PORTS) private readonly ports: IntegrityPorts) {}

  @Get()
  @Allows('integrity.read')
  @Reads()
  @ApiOperation({ operationId: 'getIntegrity', summary: 'How far the history is sealed, and the last verification.' })
  @ApiOkResponse({ type: IntegrityView })
  async get(): Promise<IntegrityView> {
    const { block, sealed, root } = (await this.ports.integrity.sealed())?.chain ?? NO_SEALS;
    const verification = await this.ports.integrity.lastVerification();
    return { blocks: block, sealed, root, ...(verification && { verification }) };
  }

  @Post('verifications')
  @HttpCode(202)
  @Allows('integrity.verify')
  @Repeatable()
  @ApiOperation({
    operationId: 'verifyIntegrity',
    summary: 'Seals what was recorded and compares the whole history with its seals; goes on in the background.',
  })
  @ApiBody({ type: VerificationRequest })
  @ApiAcceptedResponse({ type: VerificationStarted })
  async verify(@Body() { roots = [] }: VerificationRequest): Promise<VerificationStarted> {
    try {
      await this.ports.integrity.startVerification(roots);
    } catch (error) {
      if (error instanceof VerificationRunning) throw new ProblemError('VERIFICATION_RUNNING');
      throw error;
    }
    return { position: await this.ports.position() };
  }
}
