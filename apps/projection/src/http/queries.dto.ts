import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches, ValidateBy } from 'class-validator';
import { DISCREPANCY_CODES, TRANSFER_STATES } from '@quadra/domain';
import type { LocalDate } from '@quadra/kernel';
import { endOfRomeDate, parseDate } from '@quadra/kernel';
import { LEGACY_LABELS } from '@quadra/matching';
import { IsNotBelow, PageQuery, QueryDate, QueryInteger, QueryText } from '@quadra/platform';

export const LANES = ['ok', 'inTerms', 'late', 'wrong', 'ownFault', 'notVerifiable'] as const;
export const DISCREPANCIES = [...DISCREPANCY_CODES, 'FLOW_LATE', 'CREDIT_LATE'] as const;
export const FLOW_STATES = ['incomplete', 'unfunded', 'partlyFunded', 'funded'] as const;
export const CREDIT_STATES = ['open', 'partial', 'explained', 'notPagoPa', 'setAside', 'reversed'] as const;
const FILE_STATUSES = ['accepted', 'processing', 'imported', 'rejected', 'voided'] as const;
const REPORT_FORMATS = ['json', 'csv'] as const;

const QueryEnum = (values: readonly string[]): PropertyDecorator =>
  applyDecorators(ApiPropertyOptional({ type: 'string', enum: [...values] }), IsOptional(), IsIn(values));

const QueryFiscalCode = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'string', pattern: '^\\d{11}$' }),
    IsOptional(),
    Matches(/^\d{11}$/, { message: '$property must be a fiscal code of 11 digits' }),
  );

/** An instant, or a civil date that means its end in Rome. @returns undefined when the text is neither. */
export const parseAsOf = (text: string): Date | undefined => {
  const date = parseDate(text);
  if (date !== undefined) return new Date(endOfRomeDate(date).getTime() - 1);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i.test(text)) return undefined;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 1900 || instant.getUTCFullYear() > 2199 ? undefined : instant;
};

const IsAsOf = (): PropertyDecorator =>
  ValidateBy({
    name: 'isAsOf',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parseAsOf(value) !== undefined,
      defaultMessage: () => 'asOf must be an instant (RFC 3339) or a date, YYYY-MM-DD',
    },
  });

const QueryAsOf = (): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'string', description: 'What was known then: an instant, or a date (its end in Rome).' }),
    IsOptional(),
    IsAsOf(),
  );

/** A page of a list as it was known at a time. */
export class PastPageQuery extends PageQuery {
  @QueryAsOf()
  asOf?: string;
}

/** One thing as it was known at a time. */
export class PastQuery {
  @QueryAsOf()
  asOf?: string;
}

/** The moment that was asked for, where one was. */
export const pastOf = ({ asOf }: { asOf?: string }): { asOf?: Date } => {
  const moment = asOf === undefined ? undefined : parseAsOf(asOf);
  return moment ? { asOf: moment } : {};
};

export class OrganizationsQuery extends PageQuery {
  @QueryFiscalCode()
  broker?: string;
}

export class FilesQuery extends PastPageQuery {
  @QueryEnum(FILE_STATUSES)
  status?: string;
}

export class PaymentsQuery extends PastPageQuery {
  @QueryEnum(TRANSFER_STATES)
  state?: string;
  @QueryEnum(LANES)
  lane?: string;
  @QueryEnum(DISCREPANCIES)
  discrepancy?: string;
  @QueryEnum(LEGACY_LABELS)
  label?: string;
  @QueryFiscalCode()
  issuer?: string;
  @QueryText('Flow id.')
  iuf?: string;
  @QueryText('Code of the payment service provider.')
  psp?: string;
  @QueryDate('First business date, inclusive.')
  from?: LocalDate;
  @QueryDate('Last business date, inclusive.')
  @IsNotBelow('from')
  to?: LocalDate;
  @QueryInteger({ format: 'int64' })
  minCents?: number;
  @QueryInteger({ format: 'int64' })
  @IsNotBelow('minCents')
  maxCents?: number;
  @QueryText('Beginning of an IUV, or a whole IUR, IUD or flow id.')
  text?: string;
}

export class PaymentQuery {
  @QueryFiscalCode()
  issuer?: string;

  @QueryAsOf()
  asOf?: string;
}

export class HistoryQuery extends PageQuery {}

export class FlowsQuery extends PastPageQuery {
  @QueryEnum(FLOW_STATES)
  state?: string;
  @QueryEnum(DISCREPANCIES)
  discrepancy?: string;
  @QueryText('Code of the payment service provider.')
  psp?: string;
  @QueryDate('First settlement date, inclusive.')
  from?: LocalDate;
  @QueryDate('Last settlement date, inclusive.')
  @IsNotBelow('from')
  to?: LocalDate;
  @QueryText('Beginning of a flow id.')
  text?: string;
}

export class FlowLinesQuery extends PastPageQuery {
  @QueryInteger({ format: 'int32', min: 1, description: 'Number of the version; the highest one by default.' })
  version?: number;
}

export class CreditsQuery extends PastPageQuery {
  @QueryEnum(CREDIT_STATES)
  state?: string;
  @QueryEnum(LEGACY_LABELS)
  label?: string;
  @QueryInteger({ format: 'int32', min: 1900, max: 2199 })
  fiscalYear?: number;
  @QueryDate('First booking date, inclusive.')
  from?: LocalDate;
  @QueryDate('Last booking date, inclusive.')
  @IsNotBelow('from')
  to?: LocalDate;
  @QueryInteger({ format: 'int64' })
  minCents?: number;
  @QueryInteger({ format: 'int64' })
  @IsNotBelow('minCents')
  maxCents?: number;
  @QueryText('Number of the document or receipt, an IUV in the remittance text, or the beginning of a credit id or of a flow id in it.')
  text?: string;
}

export class ReportQuery {
  @QueryDate('First business date, inclusive; by default the first day of the month of `to`.')
  from?: LocalDate;
  @QueryDate('Last business date, inclusive; by default today in Rome.')
  to?: LocalDate;
  @QueryAsOf()
  asOf?: string;
  @QueryEnum(REPORT_FORMATS)
  format?: string;
}
