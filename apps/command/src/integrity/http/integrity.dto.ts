import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ApiCount, ApiPosition, MayBeAbsent } from '@quadra/platform';
import { ArrayMaxSize, IsArray, Matches } from 'class-validator';

const ROOT = /^[0-9a-f]{64}$/;

export class VerificationRequest {
  @ApiPropertyOptional({
    type: [String],
    description: 'Roots that were noted outside (64 hex digits): each must stand in the chain.',
    maxItems: 100,
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(100)
  @Matches(ROOT, { each: true, message: 'each root must be 64 lower-case hex digits' })
  roots?: string[];
}

export class VerificationStarted {
  @ApiPosition()
  position!: string;
}

export class FindingView {
  @ApiProperty({ enum: ['changed', 'added', 'moved', 'missing', 'unreadable', 'seal', 'root'] })
  kind!: string;
  @ApiPropertyOptional({ type: 'integer', format: 'int64' })
  block?: number;
  @ApiPropertyOptional()
  stream?: string;
  @ApiPropertyOptional({ type: 'integer', format: 'int64' })
  revision?: number;
  @ApiPropertyOptional()
  eventId?: string;
  @ApiProperty({ description: 'What is wrong, in a sentence.' })
  says!: string;
}

export class VerificationView {
  @ApiPosition()
  position!: string;
  @ApiCount()
  blocks!: number;
  @ApiProperty({ type: 'integer', format: 'int64', description: 'Events that are as they were sealed.' })
  sealed!: number;
  @ApiProperty({ description: 'Root of the last block that holds: note it outside.' })
  root!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  sealedAt?: string;
  @ApiProperty({ type: 'integer', format: 'int64', description: 'Events after the last block, which no seal protects yet.' })
  unsealed!: number;
  @ApiPropertyOptional({ type: FindingView, description: 'The first thing that is wrong; absent when nothing is.' })
  finding?: FindingView;
}

export class VerificationRunView {
  @ApiProperty({ enum: ['reading', 'done', 'failed'] })
  phase!: string;
  @ApiCount()
  eventsRead!: number;
  @ApiPropertyOptional({ type: VerificationView })
  result?: VerificationView;
  @ApiPropertyOptional({ description: 'Why it could not be finished.' })
  says?: string;
}

export class IntegrityView {
  @ApiCount()
  blocks!: number;
  @ApiProperty({ type: 'integer', format: 'int64', description: 'Events sealed so far.' })
  sealed!: number;
  @ApiProperty({ description: 'Root of the last block.' })
  root!: string;
  @ApiPropertyOptional({ type: VerificationRunView, description: 'The last verification, or the one under way.' })
  verification?: VerificationRunView;
}
