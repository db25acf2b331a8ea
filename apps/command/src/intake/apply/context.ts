import type { EventMetadata } from '@quadra/event-store';
import type { Fact, Rules, Work } from './stream-work';
import { StreamWork } from './stream-work';
import type { DocumentState } from './tally';

/** Who takes which file in: what every event of an import says about its origin. */
export interface ImportOrigin {
  readonly org: string;
  readonly fileId: string;
  readonly actor: string;
  readonly correlationId: string;
  /** Tells the decisions of a later reading of the same file from those of its import. */
  readonly again?: string;
}

/**
 * How an event was learned. The command id is made of the place in the file alone, so a resumed import repeats it; `part` tells
 * several commands of one record apart.
 */
export const metaOf = (origin: ImportOrigin, document: DocumentState, line: number, part?: string | number): EventMetadata => ({
  commandId: `${origin.fileId}/${document.index}/${line}${part === undefined ? '' : `/${part}`}${origin.again === undefined ? '' : `~${origin.again}`}`,
  actor: origin.actor,
  $correlationId: origin.correlationId,
  schemaVersion: 1,
  source: { fileId: origin.fileId, line },
});

/** The works of one piece of a file, one per stream, in the order in which their streams first came up. */
export class Works {
  private readonly byStream = new Map<string, Work>();

  constructor(private readonly fileId: string) {}

  /** The work on a stream that nothing is known of yet. */
  on<C, S, E extends Fact>(stream: string, rules: Rules<C, S, E>): StreamWork<C, S, E> {
    const known = this.byStream.get(stream);
    if (known) return known as StreamWork<C, S, E>; // a stream has one kind of rules
    const work = new StreamWork(stream, rules, this.fileId);
    this.byStream.set(stream, work);
    return work;
  }

  /** Takes up a work that goes on from an earlier piece. */
  resume(work: Work): void {
    this.byStream.set(work.stream, work);
  }

  all(): Work[] {
    return [...this.byStream.values()];
  }
}
