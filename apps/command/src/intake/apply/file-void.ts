import { categoryOf } from '@quadra/kernel';
import type { EventStore } from '@quadra/event-store';
import type { FilePiece } from '../protocol';
import { commit, preload } from './commit';
import { Works } from './context';
import { VOIDING } from './rules';
import { streamsOf } from './streams';

/** Who takes which file back, and why. */
export interface VoidOrigin {
  readonly fileId: string;
  readonly reason: string;
  readonly actor: string;
  readonly correlationId: string;
}

/**
 * A file while it is taken back: its pieces tell to which streams it spoke, and what stands there by this file alone is taken
 * back. Run again after an interruption it finds the same streams and takes back what is left.
 */
export class FileVoid {
  /** The streams of which something was taken back, by this run or an earlier one. */
  readonly touched = new Set<string>();
  /** How many facts were taken back. */
  facts = 0;

  constructor(
    private readonly store: EventStore,
    private readonly origin: VoidOrigin,
  ) {}

  async apply({ items }: Pick<FilePiece, 'items'>): Promise<void> {
    const works = new Works(this.origin.fileId);
    for (const stream of new Set(items.flatMap(streamsOf))) if (!this.touched.has(stream)) this.add(works, stream);
    const all = works.all();
    if (all.length === 0) return;
    await preload(this.store, all);
    await commit(this.store, all);
  }

  private add(works: Works, stream: string): void {
    const { fileId, reason, actor, correlationId } = this.origin;
    works.on(stream, VOIDING[categoryOf(stream)]!).add({
      command: { type: 'VoidFacts', fileId, reason },
      meta: { commandId: `${fileId}/void`, actor, $correlationId: correlationId, schemaVersion: 1, source: { fileId } },
      settle: (_, { facts, voided }) => {
        const own = [...facts.values()].filter((fact) => fact.fileId === fileId).length + (voided.get(fileId) ?? 0);
        if (own === 0) return;
        this.touched.add(stream);
        this.facts += own;
      },
    });
  }
}
