import { Clock } from '@quadra/kernel';
import { EncodedAppend } from '../../encode';
import { HeadWatcher } from '../../head-watcher';
import { AppendResult, WriterFenced } from '../../port';
import { BatchWrite } from './batch-write';
import { lookUpHeads, lookUpRepeats } from './lookups';
import { headsToLookUp, Plan, Plannable, planBatch } from './plan';
import { COPY_COLUMNS, joinRows, patchRows, RowRange, RowWriter } from './rows';
import { StreamHeads } from './stream-heads';
import { WriterSession } from './writer-session';

/** Bounds of one transaction: what a reader waits for at most, and what is held in memory twice. */
const BATCH_EVENTS = 5_000;
const BATCH_SIZE = 8 * 1024 * 1024;
/** For so many batches after a conflict new streams are looked up first: a file that comes again conflicts at every line. */
const WARY_BATCHES = 16;
const RETRIES = 5;
const CONFLICT: AppendResult = { ok: false, conflict: true };

/** An append in the queue: its rows are ready, its caller waits. */
interface Waiting extends Plannable {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly { readonly id: string }[];
  readonly rows: RowRange;
  readonly size: number;
  readonly answer: (result: AppendResult | Error) => void;
  settled: boolean;
}

const settle = (waiting: Waiting, result: AppendResult | Error): void => {
  waiting.settled = true;
  waiting.answer(result);
};

export interface CommitterOptions {
  readonly session: WriterSession;
  readonly schema: string;
  readonly clock: Clock;
  readonly watcher: HeadWatcher;
  readonly cachedHeads: number;
  readonly onFenced: (error: WriterFenced) => void;
}

/** Takes whatever appends wait into one transaction, answers each, and takes what came meanwhile: never a round trip per append. */
export class Committer {
  private queue: Waiting[] = [];
  private next = 0;
  private running: Promise<void> | undefined;
  private fenced: WriterFenced | undefined;
  private wary = 0;
  private readonly heads: StreamHeads;
  private readonly rows = new RowWriter();

  constructor(private readonly options: CommitterOptions) {
    this.heads = new StreamHeads(options.cachedHeads);
  }

  get isFenced(): boolean {
    return this.fenced !== undefined;
  }

  /** `answer` is called exactly once, with an error when the append was refused or its outcome is unknown. */
  enqueue({ stream, expected, events, ...append }: EncodedAppend, answer: (result: AppendResult | Error) => void): void {
    if (this.fenced) return answer(this.fenced);
    const rows = this.rows.write({ stream, expected, events, size: append.size });
    const ids = events.map(({ id }) => ({ id }));
    this.queue.push({ stream, expected, events: ids, rows, size: append.size, answer, settled: false });
    // Started after the callers of this turn have queued theirs.
    this.running ??= Promise.resolve().then(() => this.run());
  }

  /** Resolves when everything queued so far is answered. */
  async drained(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    for (let batch = this.take(); batch.length > 0; batch = this.take()) {
      try {
        await this.commit(batch);
      } catch (error) {
        if (error instanceof WriterFenced) this.fence(error);
        for (const waiting of batch) if (!waiting.settled) settle(waiting, error as Error);
      }
    }
    this.running = undefined;
  }

  private take(): Waiting[] {
    const from = this.next;
    let [events, size] = [0, 0];
    while (this.next < this.queue.length) {
      const waiting = this.queue[this.next]!;
      events += waiting.events.length;
      size += waiting.size;
      if (this.next > from && (events > BATCH_EVENTS || size > BATCH_SIZE)) break;
      this.next++;
    }
    const batch = this.queue.slice(from, this.next);
    if (this.next === this.queue.length) [this.queue, this.next] = [[], 0];
    else if (this.next > BATCH_EVENTS) [this.queue, this.next] = [this.queue.slice(this.next), 0];
    return batch;
  }

  private fence(error: WriterFenced): void {
    this.fenced = error;
    const left = this.queue.slice(this.next);
    [this.queue, this.next] = [[], 0];
    for (const waiting of left) settle(waiting, error);
    void this.options.session.close();
    this.options.onFenced(error);
  }

  /** After a lost connection nobody knows what was committed: the batch is planned again, and ids tell what is there already. */
  private async commit(batch: Waiting[]): Promise<void> {
    if (this.fenced) throw this.fenced;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(batch.filter((waiting) => !waiting.settled));
      } catch (error) {
        if (error instanceof WriterFenced || (await this.rolledBack()) || attempt > RETRIES) throw error;
        this.heads.clear();
        await this.options.session.reopen();
      }
    }
  }

  private async attempt(batch: Waiting[]): Promise<void> {
    const headOf = (stream: string): number | undefined => this.heads.get(stream);
    const found = await this.lookUp(headsToLookUp(batch, headOf, this.wary === 0));
    this.wary = found > 0 && this.wary > 0 ? WARY_BATCHES : Math.max(0, this.wary - 1);
    let plan = planBatch(batch, headOf);
    try {
      await this.write(plan);
    } catch (error) {
      if ((error as { code?: string }).code !== '23505' || !(await this.rolledBack())) throw error;
      this.wary = WARY_BATCHES;
      await this.lookUp(headsToLookUp(batch, headOf, false));
      plan = planBatch(batch, headOf);
      await this.write(plan);
    }
    await this.answerLosers(plan);
  }

  private async lookUp(streams: ReadonlySet<string>): Promise<number> {
    if (streams.size === 0) return 0;
    const found = await lookUpHeads(this.options.session.client, this.options.schema, streams);
    this.heads.setMany(streams, found);
    return found.size;
  }

  private async write({ accepted }: Plan<Waiting>): Promise<void> {
    if (accepted.length === 0) return;
    const { session, schema, watcher } = this.options;
    const recordedAt = this.stamp();
    const count = accepted.reduce((sum, waiting) => sum + waiting.events.length, 0);
    const head = session.head + BigInt(count);
    const batch = new BatchWrite({
      moveHead: `update ${schema}.log_head set position = ${head} where position = ${session.head} and epoch = ${session.epoch}`,
      copy: `copy ${schema}.event (${COPY_COLUMNS}) from stdin`,
      mark: `insert into ${schema}.log_mark (position, recorded_at) values (${head}, '${recordedAt}')`,
    });
    session.client.query(batch);
    batch.send(payloadOf(accepted, session.head, recordedAt));
    if ((await batch.done) === 'fenced') throw new WriterFenced(`Another writer has taken the event store ${schema} over`);
    const before = session.head;
    session.head = head;
    session.lastRecordedAt = recordedAt;
    watcher.advance(head);
    for (const waiting of accepted) {
      this.heads.set(waiting.stream, waiting.expected + waiting.events.length);
      waiting.settled = true;
    }
    // Callers go on with their own work at once: let the next batch be on its way first.
    setImmediate(() => this.answerWinners(accepted, before));
  }

  private answerWinners(accepted: readonly Waiting[], before: bigint): void {
    let position = before;
    for (const { answer, expected, events } of accepted) {
      position += BigInt(events.length);
      answer({ ok: true, revision: expected + events.length, position });
    }
  }

  /** Answered after the commit, so that whoever reloads sees what overtook it. */
  private async answerLosers({ overtaken, impossible }: Plan<Waiting>): Promise<void> {
    for (const waiting of impossible) settle(waiting, CONFLICT);
    if (overtaken.length === 0) return;
    const positions = await lookUpRepeats(this.options.session.client, this.options.schema, overtaken);
    overtaken.forEach((waiting, i) => {
      const position = positions[i];
      settle(waiting, position === undefined ? CONFLICT : { ok: true, revision: waiting.expected + waiting.events.length, position });
    });
  }

  /** The clock of one machine may step back; what was recorded later never says so. */
  private stamp(): string {
    const now = this.options.clock.now().toISOString();
    const { lastRecordedAt } = this.options.session;
    return now > lastRecordedAt ? now : lastRecordedAt;
  }

  /** Also tells whether the connection is alive: then the error came from the server and nothing was written. */
  private async rolledBack(): Promise<boolean> {
    return this.options.session.client.query('rollback').then(
      () => true,
      () => false,
    );
  }
}

/** Numbers the rows from the head on. Positions fit a double up to 2^53, which a million events a second reach in 285 years. */
const payloadOf = (accepted: readonly Waiting[], head: bigint, recordedAt: string): Buffer[] => {
  const instant = Buffer.from(recordedAt);
  let position = Number(head);
  for (const { rows } of accepted) {
    patchRows(rows, instant, position);
    position += rows.ends.length;
  }
  return joinRows(accepted.map(({ rows }) => rows));
};
