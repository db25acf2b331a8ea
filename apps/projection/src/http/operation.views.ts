import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ApiCents, ApiCount, ApiDate, ApiInstant, ApiPosition } from '@quadra/platform';

export class IncompleteDocumentView {
  @ApiProperty()
  documentId!: string;
  @ApiCount()
  pagesSeen!: number;
  @ApiCount()
  pagesTotal!: number;
}

export class BalanceBreakView {
  @ApiProperty()
  account!: string;
  @ApiDate()
  on!: string;
  @ApiCents()
  expectedCents!: number;
  @ApiCents()
  foundCents!: number;
}

export class CoverageSourceView {
  @ApiProperty({ example: 'journal:03069' })
  source!: string;
  @ApiDate()
  seenFrom!: string;
  @ApiDate()
  seenUpTo!: string;
  @ApiProperty({ type: 'array', items: { type: 'string', format: 'date' } })
  gaps!: string[];
  @ApiProperty({ type: [IncompleteDocumentView] })
  incompleteDocuments!: IncompleteDocumentView[];
  @ApiProperty({ type: [BalanceBreakView] })
  balanceBreaks!: BalanceBreakView[];
}

export class FigureView {
  @ApiCount()
  count!: number;
  @ApiCents()
  cents!: number;
}

export class KeyedFigureView extends FigureView {
  @ApiProperty()
  key!: string;
}

export class CheckView {
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: FigureView })
  expected!: FigureView;
  @ApiProperty({ type: FigureView })
  found!: FigureView;
  @ApiProperty()
  holds!: boolean;
}

export class ReportedCoverageView {
  @ApiProperty({ example: 'journal:03069' })
  source!: string;
  @ApiDate()
  seenFrom!: string;
  @ApiDate()
  seenUpTo!: string;
  @ApiCount({ description: 'Bank days in between for which nothing was loaded.' })
  gaps!: number;
}

export class ReconciliationReportView {
  @ApiProperty()
  organization!: string;
  @ApiDate()
  from!: string;
  @ApiDate()
  to!: string;
  @ApiProperty({ type: FigureView })
  opening!: FigureView;
  @ApiProperty({ type: FigureView })
  in!: FigureView;
  @ApiProperty({ type: FigureView })
  out!: FigureView;
  @ApiProperty({ type: FigureView })
  closing!: FigureView;
  @ApiProperty({ type: FigureView })
  recorded!: FigureView;
  @ApiProperty({ type: [KeyedFigureView] })
  states!: KeyedFigureView[];
  @ApiProperty({ type: [KeyedFigureView] })
  lanes!: KeyedFigureView[];
  @ApiProperty({ type: [KeyedFigureView] })
  discrepancies!: KeyedFigureView[];
  @ApiProperty({ description: 'What judged, with the version of the engine.' })
  ruleSet!: string;
  @ApiDate({ description: 'Lanes were read for this day.' })
  today!: string;
  @ApiProperty({ type: [ReportedCoverageView] })
  coverage!: ReportedCoverageView[];
  @ApiPosition()
  position!: string;
  @ApiInstant({ description: 'When this was known.' })
  asOf!: string;
  @ApiProperty({ type: [CheckView] })
  checks!: CheckView[];
  @ApiProperty({ description: 'SHA-256 of all but the checks, position and asOf.' })
  hash!: string;
  @ApiPropertyOptional()
  stale?: boolean;
}

export class RebuildView {
  @ApiProperty({ enum: ['filling', 'comparing', 'done', 'failed'] })
  phase!: string;
  @ApiCount()
  version!: number;
  @ApiCount()
  eventsHandled!: number;
  @ApiPropertyOptional({ description: 'The rebuilt tables equal the ones before, column by column.' })
  equal?: boolean;
}

export class PartitionView {
  @ApiCount()
  partition!: number;
  @ApiProperty()
  position!: string;
  @ApiProperty()
  lastOutput!: string;
  @ApiProperty({ description: 'The process that answers works on it.' })
  here!: boolean;
}

export class ProcessorView {
  @ApiProperty()
  name!: string;
  @ApiCount()
  version!: number;
  @ApiProperty()
  position!: string;
  @ApiProperty()
  lastOutput!: string;
  @ApiProperty()
  caughtUp!: boolean;
  @ApiCount()
  lagSeconds!: number;
  @ApiProperty()
  running!: boolean;
  @ApiCount()
  eventsHandled!: number;
  @ApiProperty({ type: [String], description: 'Organizations whose processing stopped.' })
  parked!: string[];
  @ApiProperty({ type: [String], description: 'Organizations of which an event was passed over; mended by a rebuild.' })
  skipped!: string[];
  @ApiProperty({ type: [PartitionView], description: 'How far each part of the feed has come.' })
  partitions!: PartitionView[];
  @ApiPropertyOptional()
  error?: string;
  @ApiPropertyOptional({ type: RebuildView })
  rebuild?: RebuildView;
}

export class RebuildStarted {
  @ApiProperty()
  processor!: string;
  @ApiPosition()
  position!: string;
}
