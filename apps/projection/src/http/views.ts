import type { Type } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { TRANSFER_STATES } from '@quadra/domain';
import { LEGACY_LABELS } from '@quadra/matching';
import { ApiCents, ApiCount, ApiDate, ApiInstant, nullableText } from '@quadra/platform';
import { DISCREPANCIES, LANES } from './queries.dto';

/* The shapes of the answers, for the OpenAPI document: the reads themselves build plain objects. */

/** The schema of a list of something. */
export const pageOfView = <T>(item: Type<T>): Type<unknown> => {
  class Page {
    @ApiProperty({ type: [item] })
    items!: T[];
    @ApiProperty(nullableText)
    nextCursor!: string | null;
    @ApiPropertyOptional({ description: 'The answer is behind: the organization is parked in a processor.' })
    stale?: boolean;
  }
  Object.defineProperty(Page, 'name', { value: `${item.name}Page` });
  return Page;
};

export class OrganizationView {
  @ApiProperty({ pattern: '^\\d{11}$' })
  fiscalCode!: string;
  @ApiProperty()
  name!: string;
  @ApiPropertyOptional()
  ipaCode?: string;
  @ApiPropertyOptional()
  broker?: string;
  @ApiProperty()
  usesNotifications!: boolean;
  @ApiProperty()
  receivesSecondaryReceipts!: boolean;
  @ApiProperty({ type: 'array', items: { type: 'object' } })
  accounts!: object[];
  @ApiProperty({ enum: ['target-it', 'target'] })
  calendar!: string;
}

export class RecordCounts {
  @ApiCount({ description: 'The sum of the other five.' })
  read!: number;
  @ApiCount()
  recorded!: number;
  @ApiCount()
  unchanged!: number;
  @ApiCount()
  conflicting!: number;
  @ApiCount()
  ignored!: number;
  @ApiCount()
  rejected!: number;
}

export class FileErrorView {
  @ApiProperty()
  code!: string;
  @ApiProperty()
  message!: string;
  @ApiPropertyOptional()
  entry?: string;
  @ApiCount({ required: false })
  line?: number;
}

export class FileEntryView {
  @ApiProperty()
  name!: string;
  @ApiProperty()
  format!: string;
  @ApiProperty({ type: RecordCounts })
  records!: RecordCounts;
  @ApiCents()
  recordedCents!: number;
  @ApiPropertyOptional({ type: FileErrorView })
  error?: FileErrorView;
}

export class FileView {
  @ApiProperty()
  fileId!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: ['accepted', 'processing', 'imported', 'rejected', 'voided'] })
  status!: string;
  @ApiProperty({ description: 'Everything that follows from it can be read by now, also in an answer about the past.' })
  reconciled!: boolean;
  @ApiProperty(nullableText)
  format!: string | null;
  @ApiProperty({ type: 'integer', format: 'int64' })
  bytes!: number;
  @ApiInstant()
  acceptedAt!: string;
  @ApiProperty({ type: RecordCounts })
  records!: RecordCounts;
  @ApiCents()
  recordedCents!: number;
  @ApiPropertyOptional({ type: [FileEntryView] })
  entries?: FileEntryView[];
  @ApiPropertyOptional({ type: FileErrorView })
  error?: FileErrorView;
  @ApiPropertyOptional({ description: 'Why it was taken back.' })
  voidedBecause?: string;
}

/** What lists and details tell of a transfer alike. */
class TransferBase {
  @ApiProperty()
  iuv!: string;
  @ApiProperty(nullableText)
  issuer!: string | null;
  @ApiProperty(nullableText)
  iur!: string | null;
  @ApiCount()
  transferIndex!: number;
  @ApiProperty({ enum: [...TRANSFER_STATES] })
  state!: string;
  @ApiProperty({ enum: [...LANES] })
  lane!: string;
  @ApiProperty({ enum: [...DISCREPANCIES], isArray: true })
  discrepancies!: string[];
  @ApiProperty({ enum: [...LEGACY_LABELS], isArray: true })
  labels!: string[];
  @ApiCents()
  amountCents!: number;
  @ApiCents({ required: false })
  reportedCents?: number;
  @ApiDate()
  paidOn!: string;
  @ApiDate()
  dueOn!: string;
  @ApiProperty()
  calendar!: string;
  @ApiPropertyOptional()
  excludedBecause?: string;
}

export class TransferView extends TransferBase {
  @ApiPropertyOptional()
  iuf?: string;
  @ApiPropertyOptional()
  psp?: string;
  @ApiDate({ description: 'The day by which the money must be on the account.' })
  creditDueOn!: string;
  @ApiDate({ description: 'The day by which a flow must report it.' })
  flowDueOn!: string;
}

export class TransferFlowView {
  @ApiProperty()
  iuf!: string;
  @ApiProperty()
  psp!: string;
  @ApiPropertyOptional()
  pspName?: string;
  @ApiCount()
  version!: number;
  @ApiCents()
  fundedCents!: number;
  @ApiCents()
  totalCents!: number;
}

export class TransferReceiptView {
  @ApiProperty()
  receiptId!: string;
  @ApiProperty({ enum: ['OK', 'KO'] })
  outcome!: string;
  @ApiCents({ description: 'Of the whole receipt.' })
  totalCents!: number;
  @ApiCents({ description: 'What of it is for other bodies.' })
  othersCents!: number;
  @ApiDate()
  paidOn!: string;
  @ApiPropertyOptional({ description: 'Wall clock in Rome.' })
  paidAt?: string;
  @ApiProperty()
  psp!: string;
  @ApiPropertyOptional()
  pspName?: string;
  @ApiPropertyOptional()
  noticeNumber?: string;
  @ApiPropertyOptional()
  category?: string;
  @ApiPropertyOptional()
  iban?: string;
}

export class DiscrepancyView {
  @ApiProperty({ enum: [...DISCREPANCIES] })
  code!: string;
  @ApiCents({ required: false })
  expectedCents?: number;
  @ApiCents({ required: false })
  foundCents?: number;
  @ApiPropertyOptional({ type: [String], description: 'Other ids that prove it.' })
  others?: string[];
}

export class TransferDetailView extends TransferBase {
  @ApiProperty({ pattern: '^\\d{11}$' })
  organization!: string;
  @ApiProperty({ type: [DiscrepancyView] })
  discrepancyDetails!: DiscrepancyView[];
  @ApiPropertyOptional({ description: 'Outcome code of the line (esito).' })
  outcome?: string;
  @ApiCents({ required: false, description: 'What the payment notification declares.' })
  notifiedCents?: number;
  @ApiPropertyOptional({ description: 'Of the payment notification.' })
  iud?: string;
  @ApiCents()
  regularizedCents!: number;
  @ApiPropertyOptional({ type: TransferFlowView })
  flow?: TransferFlowView;
  @ApiPropertyOptional({ type: [String], description: 'The credits that brought the money.' })
  credits?: string[];
  @ApiDate({ required: false })
  creditedOn?: string;
  @ApiPropertyOptional({ type: TransferReceiptView })
  receipt?: TransferReceiptView;
  @ApiProperty({ description: 'Why, in one sentence; English, or Italian by Accept-Language.' })
  explanation!: string;
}

export class PaymentView {
  @ApiProperty()
  iuv!: string;
  @ApiInstant({ required: false })
  asOf?: string;
  @ApiProperty({ type: [TransferDetailView] })
  transfers!: TransferDetailView[];
  @ApiPropertyOptional()
  stale?: boolean;
}

export class EventSourceView {
  @ApiProperty()
  fileId!: string;
  @ApiCount({ required: false })
  line?: number;
}

@ApiExtraModels(EventSourceView)
export class HistoryEventView {
  @ApiProperty()
  position!: string;
  @ApiProperty()
  stream!: string;
  @ApiCount()
  revision!: number;
  @ApiProperty()
  type!: string;
  @ApiInstant()
  recordedAt!: string;
  @ApiDate({ nullable: true })
  effectiveOn!: string | null;
  @ApiProperty()
  actor!: string;
  @ApiProperty({ nullable: true, allOf: [{ $ref: getSchemaPath(EventSourceView) }] })
  source!: EventSourceView | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  data!: object;
}
