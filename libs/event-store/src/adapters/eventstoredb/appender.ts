import { type EncodedAppend } from '../../encode';
import { type AppendResult, StoreUnavailable } from '../../port';
import { Gate } from './gate';
import { backOff, type Settings } from './settings';
import { type Writer } from './writer';

/** Characters in flight at once. */
const IN_FLIGHT_SIZE = 8 * 1024 * 1024;

/**
 * Appends in flight: bounded, one at a time for each stream (so that two for one stream keep their order), each tried until its outcome
 * is known. Trying again is safe: the ids and the expected revision are the same, so the server writes it once.
 */
export class Appender {
  private readonly gate: Gate;
  private readonly lastOf = new Map<string, Promise<AppendResult>>();

  constructor(
    private readonly writer: Writer,
    private readonly settings: Settings,
    private readonly closing: AbortSignal,
  ) {
    this.gate = new Gate(settings.maxInFlight, IN_FLIGHT_SIZE);
  }

  /** @throws StoreUnavailable when the outcome stays unknown for longer than the patience; Refused, AppendTooLarge. */
  append(append: EncodedAppend): Promise<AppendResult> {
    const { stream } = append;
    const admit = (): Promise<AppendResult> => this.admit(append);
    const answer = this.lastOf.get(stream)?.then(admit, admit) ?? admit();
    this.lastOf.set(stream, answer);
    const forget = (): void => {
      if (this.lastOf.get(stream) === answer) this.lastOf.delete(stream);
    };
    answer.then(forget, forget);
    return answer;
  }

  /**
   * Appends whose order among streams must be kept. Up to `maxInFlight` to different streams go down one connection in a row, the first of
   * them alone, since only it may have to open the connection. When that breaks, a beginning of the row is written and the rest is sent
   * again one by one. @throws Error when the server wrote a later one without an earlier one; as `append`.
   */
  async appendInOrder(appends: readonly EncodedAppend[]): Promise<AppendResult[]> {
    const results: AppendResult[] = [];
    while (results.length < appends.length) {
      const row = this.row(appends, results.length);
      results.push(await this.append(row[0]!));
      const rest = row.slice(1);
      const outcomes = await Promise.all(rest.map((append) => this.writer.send(append)));
      results.push(...(await this.completeRow(rest, outcomes)));
    }
    return results;
  }

  /** Waits for what is in flight. */
  async drained(): Promise<void> {
    await Promise.allSettled(this.lastOf.values());
  }

  private row(appends: readonly EncodedAppend[], from: number): EncodedAppend[] {
    const streams = new Set<string>();
    let [end, size] = [from, 0];
    for (; end < appends.length && end - from < this.settings.maxInFlight; end++) {
      const append = appends[end]!;
      size += append.size;
      if (streams.has(append.stream) || (end > from && size > IN_FLIGHT_SIZE)) break;
      streams.add(append.stream);
    }
    return appends.slice(from, end);
  }

  private async completeRow(row: readonly EncodedAppend[], outcomes: readonly (AppendResult | undefined)[]): Promise<AppendResult[]> {
    if (outcomes.every((outcome) => outcome !== undefined)) return [...outcomes];
    const found = await Promise.all(row.map(async (append, i) => outcomes[i] ?? (await this.writer.lookUp(append))));
    const gap = found.indexOf(undefined);
    if (gap < 0) return found as AppendResult[];
    if (found.slice(gap).some((outcome) => outcome?.ok)) {
      throw new Error(
        `EventStoreDB wrote a later append without the one to ${row[gap]!.stream}: the order is lost, begin with an empty store`,
      );
    }
    const results = found.slice(0, gap) as AppendResult[];
    for (const append of row.slice(gap)) results.push(await this.append(append));
    return results;
  }

  private async admit(append: EncodedAppend): Promise<AppendResult> {
    const room = this.gate.enter(append.size);
    if (room) await room;
    try {
      return await this.settle(append);
    } finally {
      this.gate.leave(append.size);
    }
  }

  private async settle(append: EncodedAppend): Promise<AppendResult> {
    const end = performance.now() + this.settings.patienceMs;
    for (let attempt = 0; ; attempt++) {
      const answer = (await this.writer.send(append, attempt)) ?? (await this.writer.lookUp(append));
      if (answer) return answer;
      if (performance.now() >= end || this.closing.aborted) {
        throw new StoreUnavailable(`EventStoreDB did not say whether an append to ${append.stream} was written`);
      }
      await backOff(attempt, this.closing);
    }
  }
}
