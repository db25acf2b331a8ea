import { type AppendResult } from '../../port';
import type { EncodedEvent } from '../../encode';
import { type RowRange } from './rows';

/** Bounds of one transaction: what a reader waits for at most, and what a lost connection makes us write again. */
const BATCH_EVENTS = 5_000;
const BATCH_BYTES = 8 * 1024 * 1024;

/** Collects the answers to some appends of one caller, who is told when the last has come. */
export class Answers {
  readonly all: Promise<AppendResult[]>;
  private readonly results: AppendResult[];
  private failure: Error | undefined;
  private resolve!: (results: AppendResult[]) => void;
  private reject!: (error: Error) => void;

  constructor(private open: number) {
    this.results = new Array<AppendResult>(open);
    this.all = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  give(index: number, answer: AppendResult | Error): void {
    if (answer instanceof Error) this.failure ??= answer;
    else this.results[index] = answer;
    if (--this.open > 0) return;
    if (this.failure) this.reject(this.failure);
    else this.resolve(this.results);
  }
}

/** An append in the queue: its rows lie outside the heap, its texts are kept for the tail; its caller waits in `answers`. */
export class Waiting {
  /** Decided: a retry of the batch leaves it out. */
  settled = false;

  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly events: readonly EncodedEvent[],
    readonly rows: RowRange,
    private readonly answers: Answers,
    private readonly index: number,
    /** The instant of a restored append. */
    readonly recordedAt?: string,
  ) {}

  get count(): number {
    return this.events.length;
  }

  /** The revision of its last event, once it is written. */
  get revision(): number {
    return this.expected + this.count;
  }

  answer(result: AppendResult | Error): void {
    this.settled = true;
    this.answers.give(this.index, result);
  }
}

/** First in, first out, in pieces of one transaction. */
export class AppendQueue {
  private queue: Waiting[] = [];
  private next = 0;

  push(waiting: Waiting): void {
    this.queue.push(waiting);
  }

  /** What fits into one transaction, at least one append; empty when nothing waits. */
  take(): Waiting[] {
    const from = this.next;
    let events = 0;
    let bytes = 0;
    for (; this.next < this.queue.length; this.next++) {
      const { count, rows } = this.queue[this.next]!;
      events += count;
      bytes += rows.ends[count - 1]! - rows.start;
      if (this.next > from && (events > BATCH_EVENTS || bytes > BATCH_BYTES)) break;
    }
    const batch = this.queue.slice(from, this.next);
    if (this.next >= BATCH_EVENTS || this.next === this.queue.length) this.forget();
    return batch;
  }

  /** Everything that waits; the queue is empty afterwards. */
  drain(): Waiting[] {
    this.forget();
    return this.queue.splice(0);
  }

  /** Lets go of what was taken. */
  private forget(): void {
    this.queue = this.queue.slice(this.next);
    this.next = 0;
  }
}
