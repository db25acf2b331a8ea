import type { TopicComparison } from '@quadra/event-feed';

/** A comparison that this process runs or ran last. */
export type TopicAuditRun =
  | { readonly phase: 'reading'; readonly eventsRead: number }
  | { readonly phase: 'done'; readonly eventsRead: number; readonly result: TopicComparison }
  | { readonly phase: 'failed'; readonly eventsRead: number; readonly says: string };

/** Reads the topic beside the store. @throws what the servers answer; the reason of the signal. */
export type CompareTopic = (signal: AbortSignal, onProgress: (events: number) => void) => Promise<TopicComparison>;

/** On demand, the topic of events is read beside the store, in the background. */
export class TopicAudit {
  private run: TopicAuditRun | undefined;
  private running: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(
    private readonly compare: CompareTopic,
    private readonly log: (message: string, error?: unknown) => void = () => undefined,
  ) {}

  last(): TopicAuditRun | undefined {
    return this.run;
  }

  /** Begins a comparison, unless one is under way. */
  start(): void {
    if (this.run?.phase === 'reading') return;
    this.run = { phase: 'reading', eventsRead: 0 };
    this.running = this.read();
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('The process is stopping'));
    await this.running;
  }

  private async read(): Promise<void> {
    let eventsRead = 0;
    try {
      const onProgress = (events: number): void => void (this.run = { phase: 'reading', eventsRead: (eventsRead = events) });
      const result = await this.compare(this.stopping.signal, onProgress);
      this.run = { phase: 'done', eventsRead, result };
    } catch (error) {
      this.log('the topic could not be compared with the store', error);
      this.run = { phase: 'failed', eventsRead, says: (error as Error).message };
    }
  }
}
