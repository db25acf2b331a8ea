import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsOptional, IsString, IsUUID, Matches, MaxLength, MinLength } from 'class-validator';
import { PUBLIC_EVENT_TYPES } from '@quadra/event-feed';
import type { PublicEventType } from '@quadra/event-feed';
import { MayBeAbsent, QueryInteger } from '@quadra/platform';

export const MAX_WAIT_SECONDS = 30;
const CURSOR = /^[A-Za-z0-9_-]{1,200}$/;
const NOT_A_CURSOR = '$property must be a cursor that an answer gave, or `start`';
const FISCAL_CODE = /^\d{11}$/;
const FISCAL_CODES = 'each organization is a fiscal code of 11 digits';

const splitList = ({ value }: { value: unknown }): unknown => (typeof value === 'string' ? value.split(',') : value);

export class EventsQuery {
  @ApiPropertyOptional({ type: 'string', description: 'The nextCursor of the answer before, or `start`; the oldest event by default.' })
  @IsOptional()
  @Matches(CURSOR, { message: NOT_A_CURSOR })
  after?: string;

  @ApiPropertyOptional({ type: 'string', description: `Types, separated by commas: ${PUBLIC_EVENT_TYPES.join(', ')}.` })
  @IsOptional()
  @Transform(splitList)
  @IsIn(PUBLIC_EVENT_TYPES, { each: true, message: 'types must be names of public events' })
  types?: PublicEventType[];

  @ApiPropertyOptional({ type: 'string', pattern: '^\\d{11}$', description: 'Only events of this organization.' })
  @IsOptional()
  @Matches(FISCAL_CODE, { message: 'org must be a fiscal code of 11 digits' })
  org?: string;

  @QueryInteger({ format: 'int32', min: 1, max: 1_000, byDefault: 100, description: 'At most so many events in one answer.' })
  limit: number = 100;

  @QueryInteger({
    format: 'int32',
    min: 0,
    max: MAX_WAIT_SECONDS,
    byDefault: 0,
    description: 'Seconds to wait for an event when there is none.',
  })
  wait: number = 0;
}

class WebhookFields {
  @ApiPropertyOptional({ type: 'string', maxLength: 200, description: 'For people.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  description?: string;

  @ApiPropertyOptional({ type: [String], description: 'Fiscal codes; all that the key sees when absent.' })
  @MayBeAbsent()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @Matches(FISCAL_CODE, { each: true, message: FISCAL_CODES })
  organizations?: string[];

  @ApiPropertyOptional({ type: [String], enum: PUBLIC_EVENT_TYPES, description: 'Types of events; all when absent.' })
  @MayBeAbsent()
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(PUBLIC_EVENT_TYPES, { each: true, message: 'types must be names of public events' })
  types?: PublicEventType[];
}

export class CreateWebhook extends WebhookFields {
  @ApiProperty({ type: 'string', format: 'uri', maxLength: 2_000, description: 'Where to send: https, in the public internet.' })
  @IsString()
  @MinLength(1)
  @MaxLength(2_000)
  url!: string;

  @ApiPropertyOptional({ type: 'string', description: 'Cursor to begin after, or `start`; what comes from now on when absent.' })
  @MayBeAbsent()
  @Matches(CURSOR, { message: NOT_A_CURSOR })
  after?: string;
}

export class PatchWebhook extends WebhookFields {
  @ApiPropertyOptional({ type: 'string', format: 'uri', maxLength: 2_000 })
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(2_000)
  url?: string;

  @ApiPropertyOptional({ type: 'string', enum: ['active', 'paused'], description: '`active` resumes a webhook that was suspended.' })
  @MayBeAbsent()
  @IsIn(['active', 'paused'])
  status?: 'active' | 'paused';
}

export class ReplayRequest {
  @ApiProperty({ type: 'string', description: 'Cursor of GET /events, or `start`: what follows it is delivered again, in order.' })
  @Matches(CURSOR, { message: NOT_A_CURSOR })
  after!: string;
}

export class DeliveriesQuery {
  @QueryInteger({ format: 'int32', min: 1, max: 1_000, byDefault: 100 })
  limit: number = 100;

  @ApiPropertyOptional({ type: 'string', format: 'uuid', description: 'The nextCursor of the page before.' })
  @IsOptional()
  @IsUUID('all', { message: 'cursor must be a nextCursor of this list' })
  cursor?: string;
}
