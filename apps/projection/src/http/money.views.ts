import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LEGACY_LABELS } from '@quadra/matching';
import { ApiCents, ApiCount, ApiDate, nullableText } from '@quadra/platform';
import { CREDIT_STATES, DISCREPANCIES, FLOW_STATES } from './queries.dto';

/* The shapes of what is answered about money, for the OpenAPI document. */

export class SettlementFlowView {
  @ApiProperty()
  iuf!: string;
  @ApiProperty(nullableText)
  psp!: string | null;
  @ApiProperty(nullableText)
  pspName!: string | null;
  @ApiProperty({ enum: [...FLOW_STATES] })
  state!: string;
  @ApiProperty({ enum: [...DISCREPANCIES], isArray: true })
  discrepancies!: string[];
  @ApiCount()
  version!: number;
  @ApiProperty(nullableText)
  flowDateTime!: string | null;
  @ApiDate({ nullable: true })
  regulationOn!: string | null;
  @ApiProperty(nullableText)
  trn!: string | null;
  @ApiCount()
  declaredCount!: number;
  @ApiCents()
  totalCents!: number;
  @ApiCount()
  linesCount!: number;
  @ApiCents()
  linesCents!: number;
  @ApiCents()
  allocatedCents!: number;
  @ApiCents()
  residualCents!: number;
  @ApiCents({ description: 'Cents of credits that name this flow alone and that it does not need.' })
  surplusCents!: number;
  @ApiProperty({ type: [String] })
  credits!: string[];
  @ApiDate({ nullable: true })
  creditedOn!: string | null;
}

export class SettlementLineView {
  @ApiProperty()
  iuv!: string;
  @ApiProperty()
  iur!: string;
  @ApiCount()
  transferIndex!: number;
  @ApiCents()
  amountCents!: number;
  @ApiProperty()
  outcome!: string;
  @ApiDate()
  outcomeOn!: string;
}

export class FlowDifferenceView {
  @ApiProperty({ type: [SettlementLineView] })
  added!: SettlementLineView[];
  @ApiProperty({ type: [SettlementLineView] })
  removed!: SettlementLineView[];
  @ApiProperty({ type: [SettlementLineView] })
  changed!: SettlementLineView[];
}

export class FlowVersionView {
  @ApiCount({ nullable: true })
  version!: number | null;
  @ApiProperty()
  flowDateTime!: string;
  @ApiCount()
  revision!: number;
  @ApiProperty()
  contentHash!: string;
  @ApiProperty()
  complete!: boolean;
  @ApiProperty()
  voided!: boolean;
  @ApiProperty()
  highest!: boolean;
  @ApiCount()
  declaredCount!: number;
  @ApiCents()
  declaredCents!: number;
  @ApiCount()
  linesCount!: number;
  @ApiCents({ nullable: true })
  linesCents!: number | null;
  @ApiProperty({ type: FlowDifferenceView })
  difference!: FlowDifferenceView;
}

export class AllocationView {
  @ApiProperty()
  iuf!: string;
  @ApiCents()
  amountCents!: number;
  @ApiDate()
  creditedOn!: string;
  @ApiProperty({ enum: ['exact', 'repaired'], description: 'How the flow id was found in the remittance text.' })
  tier!: string;
  @ApiProperty({ type: [String] })
  evidence!: string[];
}

export class CandidateView {
  @ApiProperty()
  iuf!: string;
  @ApiProperty({ enum: ['exact', 'repaired'] })
  tier!: string;
  @ApiCount({ required: false, description: '0 for an ordinary credit, 1 to 9 for an integrative one (SACI, /TXT/).' })
  progressive?: number;
  @ApiCount({ required: false, description: 'Candidates of one group are spellings of one id.' })
  group?: number;
}

/** A storno, or a collection order that covers the credit. */
export class ReversalView {
  @ApiDate()
  on!: string;
  @ApiCents()
  amountCents!: number;
  @ApiCount({ description: 'Tells equal movements of one journal apart.' })
  ordinal!: number;
  @ApiPropertyOptional({ description: 'Number of the receipt or order that did it.' })
  document?: string;
}

export class RegularizationView extends ReversalView {
  @ApiProperty({ description: 'Number of the collection order.' })
  order!: string;
  @ApiCount()
  orderYear!: number;
}

export class CreditView {
  @ApiProperty()
  creditId!: string;
  @ApiProperty()
  treasurer!: string;
  @ApiCount()
  fiscalYear!: number;
  @ApiProperty({ enum: ['sospeso', 'reversale'] })
  kind!: string;
  @ApiProperty()
  documentNumber!: string;
  @ApiPropertyOptional()
  receiptNumber?: string;
  @ApiProperty(nullableText)
  account!: string | null;
  @ApiDate({ nullable: true })
  bookedOn!: string | null;
  @ApiDate({ nullable: true })
  valueOn!: string | null;
  @ApiCents()
  amountCents!: number;
  @ApiCents()
  reversedCents!: number;
  @ApiCents({ description: 'What is left of it after reversals.' })
  netCents!: number;
  @ApiCents()
  allocatedCents!: number;
  @ApiCents()
  residualCents!: number;
  @ApiCents()
  regularizedCents!: number;
  @ApiProperty({ enum: [...CREDIT_STATES] })
  state!: string;
  @ApiProperty({ enum: [...LEGACY_LABELS], isArray: true })
  labels!: string[];
  @ApiProperty({ type: [CandidateView], description: 'Flow ids read in the remittance text.' })
  candidates!: CandidateView[];
  @ApiProperty({ type: [String], description: 'IUVs of single credits read in the remittance text.' })
  iuvs!: string[];
  @ApiProperty({ type: [AllocationView] })
  allocations!: AllocationView[];
  @ApiProperty({ type: [ReversalView] })
  reversals!: ReversalView[];
  @ApiProperty({ type: [RegularizationView] })
  regularizations!: RegularizationView[];
  @ApiProperty({ type: [RegularizationView], description: 'Collection orders that were undone.' })
  reversions!: RegularizationView[];
  @ApiDate({ nullable: true })
  regularizeBy!: string | null;
}
