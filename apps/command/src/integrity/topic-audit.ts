import type { TopicComparison } from '@quadra/event-feed';
import type { Pool } from 'pg';
import type { Run } from './shared-run';
import { SharedRun } from './shared-run';

/** What a comparison found; the position as text. */
export type TopicAuditResult = Omit<TopicComparison, 'position'> & { readonly position: string };

/** A comparison under way, or the last one. */
export type TopicAuditRun = Run<TopicAuditResult>;

/** Reads the topic beside the store. @throws what the servers answer; the reason of the signal. */
export type CompareTopic = (signal: AbortSignal, onProgress: (events: number) => void) => Promise<TopicComparison>;

/** On demand, the topic of events is read beside the store, in the background. */
export class TopicAudit {
  private readonly comparison: SharedRun<TopicAuditResult>;
  private readonly stopping = new AbortController();

  constructor(
    pool: Pool,
    private readonly compare: CompareTopic,
    log?: (message: string, error?: unknown) => void,
  ) {
    this.comparison = new SharedRun(pool, 'topic comparison', log);
  }

  /** Whichever process it is of. */
  last(): Promise<TopicAuditRun | undefined> {
    return this.comparison.last();
  }

  /** Begins a comparison, unless one is under way. */
  async start(): Promise<void> {
    await this.comparison.start(async (onProgress) => {
      let eventsRead = 0;
      const result = await this.compare(this.stopping.signal, (events) => onProgress((eventsRead = events)));
      return { eventsRead, result: { ...result, position: String(result.position) } };
    });
  }

  /** Ends what is under way here. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('The process is stopping'));
    await this.comparison.ended();
  }
}
