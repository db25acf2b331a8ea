import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

interface Options {
  readonly description?: string;
  readonly required?: boolean;
  readonly example?: number;
  readonly nullable?: boolean;
}

const integer = (format: 'int32' | 'int64', { required = true, ...options }: Options): PropertyDecorator =>
  applyDecorators((required ? ApiProperty : ApiPropertyOptional)({ type: 'integer', format, ...options }));

/** A whole number of euro cents. */
export const ApiCents = (options: Options = {}): PropertyDecorator => integer('int64', { description: 'Whole euro cents.', ...options });

/** A count. */
export const ApiCount = (options: Options = {}): PropertyDecorator => integer('int32', options);

/** A civil date in Rome, `YYYY-MM-DD`. */
export const ApiDate = ({ required = true, ...options }: Omit<Options, 'example'> = {}): PropertyDecorator =>
  (required ? ApiProperty : ApiPropertyOptional)({ type: 'string', format: 'date', ...options });

/** An instant, RFC 3339 in UTC. */
export const ApiInstant = ({ required = true, ...options }: Omit<Options, 'example'> = {}): PropertyDecorator =>
  (required ? ApiProperty : ApiPropertyOptional)({ type: 'string', format: 'date-time', ...options });

/** An opaque position in the order of events. */
export const ApiPosition = (): PropertyDecorator =>
  ApiProperty({ type: 'string', description: 'Opaque; give it back as `after` to read what follows from this write.' });

/** A text that may be null. */
export const nullableText = { type: 'string', nullable: true } as const;
