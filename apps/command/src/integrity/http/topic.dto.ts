import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ApiCount, ApiPosition } from '@quadra/platform';

const Counted = (description: string): PropertyDecorator => ApiProperty({ type: 'integer', format: 'int64', description });

export class TopicAuditStarted {
  @ApiPosition()
  position!: string;
}

export class TopicComparisonView {
  @ApiPosition()
  position!: string;
  @Counted('Events that stand in the topic as in the store.')
  events!: number;
  @Counted('Events that stand in the topic once more: allowed, readers drop them.')
  repeats!: number;
  @Counted('Events of the store that are not in the topic, although it reaches back so far and was filled further.')
  missing!: number;
  @Counted('Events that say something else than the store.')
  changed!: number;
  @Counted('Events that the store does not hold.')
  unknown!: number;
  @Counted('Events that come after later ones.')
  outOfOrder!: number;
  @Counted('Messages that follow on one that is not there.')
  holes!: number;
  @Counted('Messages that no relay has written.')
  unreadable!: number;
  @ApiPropertyOptional({ description: 'The first thing that is wrong, in a sentence; absent when nothing is.' })
  finding?: string;
}

export class TopicAuditRunView {
  @ApiProperty({ enum: ['reading', 'done', 'failed'] })
  phase!: string;
  @ApiCount()
  eventsRead!: number;
  @ApiPropertyOptional({ type: TopicComparisonView })
  result?: TopicComparisonView;
  @ApiPropertyOptional({ description: 'Why it could not be finished.' })
  says?: string;
}

export class TopicAuditView {
  @ApiPropertyOptional({ type: TopicAuditRunView, description: 'The last comparison, or the one under way.' })
  comparison?: TopicAuditRunView;
}
