import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fetching, GroupHandlers, InMessage, KafkaClient, LogEnds } from './client';
import { Inbox, type Tap } from './inbox';

const SESSION_MS = 10_000;
/** Longest wait for messages that are known to be there. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 500;

/** The messages of one partition, one after the other. */
export interface LogCursor {
  /** @returns undefined at the end, again and again. @throws when the brokers do not give what is there. */
  next(): Promise<InMessage | undefined>;
}

/**
 * Reads the partitions of a topic side by side, each at the pace of its own reader, as the only member of a group that nobody
 * else knows. What waits in memory is bounded for each partition. It outlives brokers that go and come within a minute.
 */
export class TopicReader {
  private readonly inboxes = new Map<number, Inbox>();
  private readonly closing = new AbortController();
  /** Why the last membership broke. */
  private error: unknown;
  private readonly running: Promise<void>;

  constructor(
    private readonly client: KafkaClient,
    private readonly topic: string,
    private readonly ends: ReadonlyMap<number, LogEnds>,
    private readonly signal: AbortSignal,
  ) {
    // One reader takes from all, in the order of the store: it must not wait for one inbox because another is full.
    for (const partition of ends.keys()) this.inboxes.set(partition, new Inbox(0));
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  /** What a partition held when its ends were asked for, from the first message that is still there. */
  cursor(partition: number): LogCursor {
    const { low, high } = this.ends.get(partition)!;
    return new InboxCursor(this.inboxes.get(partition)!, low, high, (inbox, offset) => this.take(inbox, offset));
  }

  private async take(inbox: Inbox, offset: bigint): Promise<InMessage[]> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const chunk = await inbox.take(offset, AbortSignal.any([this.closing.signal, this.signal, late]));
    if (chunk) return chunk.messages;
    if (this.signal.aborted) throw this.signal.reason;
    throw new Error(`The messages of ${this.topic} could not be read in time`, { cause: this.error });
  }

  /** One membership after the other: brokers that have just started refuse one for a while. */
  private async run(): Promise<void> {
    while (!this.closing.signal.aborted) {
      const broken = new AbortController();
      try {
        const group = { group: `quadra-audit-${randomUUID()}`, topic: this.topic, sessionMs: SESSION_MS };
        const membership = await this.client.join(group, this.handlers(broken));
        await aborted(AbortSignal.any([broken.signal, this.closing.signal]));
        await membership.leave();
      } catch (error) {
        this.error = error;
      }
      this.inboxes.forEach((inbox) => inbox.disconnect());
      await sleep(RETRY_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  private handlers(broken: AbortController): GroupHandlers {
    return {
      held: () => [],
      assign: (members) => new Map([[members[0]!.id, [...this.inboxes.keys()]]]),
      joined: (_partitions, fetching) => this.inboxes.forEach((inbox, partition) => inbox.connect(tapOf(fetching, partition))),
      alive: () => undefined,
      wantsToRejoin: () => false,
      messages: (partition, messages, high) => (broken.signal.aborted ? undefined : this.inboxes.get(partition)?.push(messages, high)),
      crashed: (error) => {
        this.error = error;
        broken.abort();
      },
    };
  }
}

const tapOf = (fetching: Fetching, partition: number): Tap => ({
  seek: (offset) => fetching.seek(partition, offset),
  pause: () => fetching.pause(partition),
  resume: () => fetching.resume(partition),
});

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

class InboxCursor implements LogCursor {
  private messages: readonly InMessage[] = [];
  private at = 0;

  constructor(
    private readonly inbox: Inbox,
    private offset: bigint,
    private readonly end: bigint,
    private readonly take: (inbox: Inbox, offset: bigint) => Promise<InMessage[]>,
  ) {
    inbox.open(this);
  }

  async next(): Promise<InMessage | undefined> {
    if (this.offset >= this.end) return this.finish();
    if (this.at === this.messages.length) {
      this.messages = await this.take(this.inbox, this.offset);
      this.at = 0;
    }
    const message = this.messages[this.at++]!;
    const offset = BigInt(message.offset);
    this.offset = offset + 1n;
    return offset < this.end ? message : this.finish();
  }

  private finish(): undefined {
    this.messages = [];
    this.inbox.close(this);
  }
}
