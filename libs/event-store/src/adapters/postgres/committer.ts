import { type Clock } from '@quadra/kernel';
import { type EncodedAppend, encodeAppend } from '../../encode';
import { type HeadWatcher } from '../../head-watcher';
import { type AppendRequest, type AppendResult, NO_STREAM, WriterFenced } from '../../port';
import { Answers, AppendQueue, Waiting } from './append-queue';
import { BatchWrite } from './batch-write';
import { lookUpHeads, lookUpRepeats } from './lookups';
import { headsToLookUp, type Plan, planBatch } from './plan';
import { COPY_COLUMNS, joinRows, patchRows, RowWriter } from './rows';
import type { Tail } from './tail';
import { StreamHeads } from './stream-heads';
import { type WriterSession } from './writer-session';

/** For so many batches after a conflict new streams are looked up first: a file that comes again conflicts at every line. */
const WARY_BATCHES = 16;
const RETRIES = 5;
const CONFLICT: AppendResult = { ok: false, conflict: true };

export interface CommitterOptions {
  readonly session: WriterSession;
  readonly schema: string;
  readonly clock: Clock;
  readonly watcher: HeadWatcher;
  readonly tail: Tail;
  readonly cachedHeads: number;
  readonly onFenced: (error: WriterFenced) => void;
}

/** Takes whatever appends wait into one transaction, answers each, and takes what came meanwhile: never a round trip per append. */
export class Committer {
  private readonly queue = new AppendQueue();
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

  /** Queues appends of one caller. */
  enqueue(requests: readonly AppendRequest[]): Promise<AppendResult[]> {
    if (this.fenced) throw this.fenced;
    const answers = new Answers(requests.length);
    const waiting = requests.map((request, index) => this.prepare(encodeAppend(request), answers, index));
    for (const one of waiting) this.queue.push(one); // all were checked: now none can fail
    // Started after the callers of this turn have queued theirs.
    this.running ??= Promise.resolve().then(() => this.run());
    return answers.all;
  }

  /** Resolves when everything queued so far is answered. */
  async drained(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    for (let batch = this.queue.take(); batch.length > 0; batch = this.queue.take()) {
      try {
        await this.commit(batch);
      } catch (error) {
        if (error instanceof WriterFenced) this.fence(error);
        for (const waiting of batch) if (!waiting.settled) waiting.answer(error as Error);
      }
    }
    this.running = undefined;
  }

  private prepare(append: EncodedAppend, answers: Answers, index: number): Waiting {
    return new Waiting(append.stream, append.expected, append.events, this.rows.write(append), answers, index, append.recordedAt);
  }

  private fence(error: WriterFenced): void {
    this.fenced = error;
    for (const waiting of this.queue.drain()) waiting.answer(error);
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
        this.options.tail.reset(this.options.session.head); // the batch may have been committed
        this.options.watcher.advance(this.options.session.head);
      }
    }
  }

  private async attempt(batch: Waiting[]): Promise<void> {
    // The batch's own view of the heads: looking some up may push others out of the cache.
    const view = new Map<string, number>();
    for (const { stream } of batch) {
      const head = this.heads.get(stream);
      if (head !== undefined) view.set(stream, head);
    }
    const found = await this.lookUp(headsToLookUp(batch, view, this.wary === 0), view);
    this.wary = found > 0 && this.wary > 0 ? WARY_BATCHES : Math.max(0, this.wary - 1);
    let plan = planBatch(batch, view);
    try {
      await this.write(plan);
    } catch (error) {
      if ((error as { code?: string }).code !== '23505' || !(await this.rolledBack())) throw error;
      this.wary = WARY_BATCHES;
      await this.lookUp(headsToLookUp(batch, view, false), view);
      plan = planBatch(batch, view);
      await this.write(plan);
    }
    await this.answerLosers(plan);
  }

  /** Adds the heads of the streams to the view and answers how many exist. */
  private async lookUp(streams: ReadonlySet<string>, view: Map<string, number>): Promise<number> {
    if (streams.size === 0) return 0;
    const found = await lookUpHeads(this.options.session.client, this.options.schema, streams);
    for (const stream of streams) {
      const head = found.get(stream) ?? NO_STREAM;
      view.set(stream, head);
      this.heads.set(stream, head);
    }
    return found.size;
  }

  private async write({ accepted }: Plan<Waiting>): Promise<void> {
    if (accepted.length === 0) return;
    const { session, schema, watcher, tail } = this.options;
    const instants = this.stamps(accepted);
    const count = accepted.reduce((sum, waiting) => sum + waiting.count, 0);
    const head = session.head + BigInt(count);
    const statements = {
      moveHead: `update ${schema}.log_head set position = ${head} where position = ${session.head} and epoch = ${session.epoch}`,
      copy: `copy ${schema}.event (${COPY_COLUMNS}) from stdin`,
      mark: `insert into ${schema}.log_mark (position, recorded_at) values ${marksOf(accepted, session.head, instants)}`,
    };
    const batch = session.client.query(new BatchWrite(statements, payloadOf(accepted, session.head, instants)));
    if ((await batch.done) === 'fenced') throw new WriterFenced(`Another writer has taken the event store ${schema} over`);
    const before = session.head;
    session.head = head;
    session.lastRecordedAt = instants[instants.length - 1]!;
    tail.push(
      accepted.map(({ stream, expected, events }, i) => ({ stream, revision: expected + 1, events, recordedAt: instants[i]! })),
      head,
    );
    watcher.advance(head);
    for (const waiting of accepted) {
      this.heads.set(waiting.stream, waiting.revision);
      waiting.settled = true;
    }
    // Callers go on with their own work at once: let the next batch be on its way first.
    setImmediate(() => this.answerWinners(accepted, before));
  }

  private answerWinners(accepted: readonly Waiting[], before: bigint): void {
    let position = before;
    for (const waiting of accepted) {
      position += BigInt(waiting.count);
      waiting.answer({ ok: true, revision: waiting.revision, position });
    }
  }

  /** Answered after the commit, so that whoever reloads sees what overtook it. */
  private async answerLosers({ overtaken, impossible }: Plan<Waiting>): Promise<void> {
    for (const waiting of impossible) waiting.answer(CONFLICT);
    if (overtaken.length === 0) return;
    const positions = await lookUpRepeats(this.options.session.client, this.options.schema, overtaken);
    overtaken.forEach((waiting, i) => {
      const position = positions[i];
      waiting.answer(position === undefined ? CONFLICT : { ok: true, revision: waiting.revision, position });
    });
  }

  /** The instant of each append. The clock of one machine may step back; what was recorded later never says so. */
  private stamps(accepted: readonly Waiting[]): string[] {
    const now = this.options.clock.now().toISOString();
    let last = this.options.session.lastRecordedAt;
    return accepted.map(({ recordedAt = now }) => (last = recordedAt > last ? recordedAt : last));
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
const payloadOf = (accepted: readonly Waiting[], head: bigint, instants: readonly string[]): Buffer[] => {
  let instant = Buffer.alloc(0);
  let position = Number(head);
  accepted.forEach(({ rows }, i) => {
    if (instants[i] !== instants[i - 1]) instant = Buffer.from(instants[i]!);
    patchRows(rows, instant, position);
    position += rows.ends.length;
  });
  return joinRows(accepted.map(({ rows }) => rows));
};

/** The last position of each instant: one for a batch, many for a restored one. */
const marksOf = (accepted: readonly Waiting[], head: bigint, instants: readonly string[]): string => {
  const marks = new Map<string, bigint>();
  let position = head;
  accepted.forEach(({ count }, i) => marks.set(instants[i]!, (position += BigInt(count))));
  return [...marks].map(([instant, at]) => `(${at}, '${instant}')`).join(', ');
};
