import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength, ValidateBy, ValidateIf } from 'class-validator';
import { parseDate } from '@quadra/kernel';

export const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;

/** A number out of a query string: digits only, so that `1e3`, blanks and lists are no numbers. */
const toInteger = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;

const bounds = { int32: [-(2 ** 31), 2 ** 31 - 1], int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] } as const;

interface IntegerOptions {
  readonly format: 'int32' | 'int64';
  readonly min?: number;
  readonly max?: number;
  readonly byDefault?: number;
  readonly description?: string;
}

/** An optional integer in the query. */
export const QueryInteger = ({
  format,
  min = bounds[format][0],
  max = bounds[format][1],
  byDefault,
  description,
}: IntegerOptions): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      format,
      minimum: min,
      maximum: max,
      ...(byDefault !== undefined && { default: byDefault }),
      ...(description !== undefined && { description }),
    }),
    IsOptional(),
    Transform(toInteger),
    IsInt(),
    Min(min),
    Max(max),
  );

/** An optional text in the query, given once. */
export const QueryText = (description?: string, maxLength = 255): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'string', maxLength, ...(description !== undefined && { description }) }),
    IsOptional(),
    IsString(),
    MinLength(1),
    MaxLength(maxLength),
  );

/** A field of a body that may be left out. Null is a value, and no field takes it: an answer could not show it. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);

/** Not below the value in another field of the same object, where both are there: the end of a span, of dates or of amounts. */
export const IsNotBelow = (other: string): PropertyDecorator =>
  ValidateBy({
    name: 'isNotBelow',
    validator: {
      validate: (value: unknown, args) => {
        const first = (args?.object as Record<string, unknown> | undefined)?.[other];
        if (typeof value === 'number' && typeof first === 'number') return value >= first;
        return typeof value !== 'string' || typeof first !== 'string' || value >= first;
      },
      defaultMessage: (args) => `${args?.property ?? 'the value'} must not be below ${other}`,
    },
  });

/** A civil date that exists. */
export const IsLocalDate = (): PropertyDecorator =>
  ValidateBy({
    name: 'isLocalDate',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parseDate(value) !== undefined,
      defaultMessage: (args) => `${args?.property ?? 'the value'} must be an existing date, YYYY-MM-DD`,
    },
  });

/** An optional civil date in the query. */
export const QueryDate = (description?: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'string', format: 'date', ...(description !== undefined && { description }) }),
    IsOptional(),
    IsLocalDate(),
  );

/** The page of a list that is asked for. */
export class PageQuery {
  @QueryInteger({ format: 'int32', min: 1, max: MAX_LIMIT, byDefault: DEFAULT_LIMIT })
  limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ type: 'string', description: 'The nextCursor of the page before.' })
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,2000}$/, { message: 'cursor must be a nextCursor of this list' })
  cursor?: string;
}

/** Why somebody does what cannot be undone: it stands in the history with their name. */
export class ReasonBody {
  @ApiProperty({ maxLength: 500 })
  @IsString()
  @Matches(/\S/, { message: 'reason must not be blank' })
  @MaxLength(500)
  reason!: string;
}

/** What of a validated query was really given: the rest of a DTO is undefined properties. */
export const given = <T extends object>(dto: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(dto).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };

/** Splits a list's query into its page and its filter. */
export const splitPage = <T extends PageQuery>({ limit, cursor, ...filter }: T) => ({
  page: { limit, ...(cursor !== undefined && { cursor }) },
  filter: given(filter),
});
