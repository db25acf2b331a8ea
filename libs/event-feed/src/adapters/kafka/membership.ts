import type { FeedPart } from '../../port';
import { assign } from './assign';
import type { Fetching, GroupHandlers, KafkaClient } from './client';
import { Inbox } from './inbox';

export type PartWork = (part: FeedPart, signal: AbortSignal) => Promise<void>;

export interface MembershipOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly topic: string;
  readonly partitions: number;
  readonly sessionMs: number;
  readonly part: (partition: number, inbox: Inbox) => FeedPart;
  readonly log: (message: string, error?: unknown) => void;
}

/** Work on one partition, from its start until it has returned. */
interface Held {
  readonly inbox: Inbox;
  readonly end: AbortController;
  readonly returned: Promise<void>;
}

/** Without an answer for so much of the session, the partitions may soon be another's: the work ends. */
const DOUBT = 0.7;
const RETRY_MS = 500;

/**
 * One process in a group. It works on the partitions that the group gave it while the coordinator answers its heartbeats. A
 * partition that goes to another member ends here first: its work is told to, returns, and only then the group hears of it.
 */
export class GroupClaim {
  private readonly held = new Map<number, Held>();
  private assigned = new Set<number>();
  private fetching: Fetching | undefined;
  private answeredAt = 0;
  /** What the group was told last: the partitions that were worked on then. */
  private told: readonly number[] = [];
  /** Aborted when the claim ends, by its caller or by an error of the work. */
  private readonly closing = new AbortController();
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly options: MembershipOptions,
    private readonly work: PartWork,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const close = (): void => this.closing.abort();
    if (signal.aborted) return;
    signal.addEventListener('abort', close, { once: true });
    const watch = setInterval(() => this.settle(), this.options.sessionMs / 10);
    try {
      while (!this.closing.signal.aborted) await this.member();
    } finally {
      signal.removeEventListener('abort', close);
      clearInterval(watch);
    }
    if (this.failure) throw this.failure.error;
  }

  /** One membership, until it breaks or the claim ends; then everything has returned before the group is left. */
  private async member(): Promise<void> {
    const { client, group, topic, sessionMs } = this.options;
    const broken = new AbortController();
    const over = AbortSignal.any([broken.signal, this.closing.signal]);
    try {
      const membership = await client.join({ group, topic, sessionMs }, this.handlers(broken));
      await aborted(over);
      this.settle();
      if (this.closing.signal.aborted) await this.allReturned();
      await membership.leave();
    } catch (error) {
      this.options.log(`${group}: the group cannot be joined`, error);
      await aborted(AbortSignal.any([this.closing.signal, AbortSignal.timeout(RETRY_MS)]));
    }
    this.disconnectAll();
    if (this.closing.signal.aborted) await this.allReturned();
  }

  private handlers(broken: AbortController): GroupHandlers {
    const current = (): boolean => !broken.signal.aborted;
    return {
      held: () => (this.told = [...this.held.keys()]),
      assign: (members) => assign(this.options.partitions, members),
      joined: (partitions, fetching) => {
        if (!current()) return;
        this.assigned = new Set(partitions);
        this.answeredAt = Date.now();
        this.connect(fetching);
        this.settle();
      },
      alive: () => {
        this.answeredAt = Date.now();
        this.settle();
      },
      // Something was let go that the group still counts as worked on: nobody else has it before it is told.
      wantsToRejoin: () => this.told.some((partition) => !this.held.has(partition) && !this.assigned.has(partition)),
      messages: (partition, messages, high) => this.held.get(partition)?.inbox.push(messages, high),
      crashed: (error) => {
        this.options.log(`${this.options.group}: the membership broke, joining again`, error);
        broken.abort();
      },
    };
  }

  /** Brings what is worked on in line with what is this member's own. */
  private settle(): void {
    const sure = !this.closing.signal.aborted && Date.now() - this.answeredAt < this.options.sessionMs * DOUBT;
    for (const [partition, { end }] of this.held) if (!sure || !this.assigned.has(partition)) end.abort();
    if (sure) for (const partition of this.assigned) if (!this.held.has(partition)) this.start(partition);
  }

  private start(partition: number): void {
    const inbox = new Inbox();
    const end = new AbortController();
    const returned = this.work(this.options.part(partition, inbox), end.signal).then(
      () => this.returned(partition, end.signal),
      (error: unknown) => this.fail(partition, error),
    );
    this.held.set(partition, { inbox, end, returned });
    this.tap(partition, inbox);
  }

  /** Work that returned by itself is done, and its partition stays here until the claim ends. */
  private returned(partition: number, end: AbortSignal): void {
    if (!end.aborted) return;
    this.held.delete(partition);
    this.settle();
  }

  private fail(partition: number, error: unknown): void {
    this.held.delete(partition);
    this.failure ??= { error };
    this.closing.abort();
  }

  private connect(fetching: Fetching): void {
    this.fetching = fetching;
    for (const partition of this.assigned) {
      const held = this.held.get(partition);
      if (held) this.tap(partition, held.inbox);
      else fetching.pause(partition);
    }
  }

  private tap(partition: number, inbox: Inbox): void {
    const { fetching } = this;
    if (!fetching) return;
    inbox.connect({
      seek: (offset) => fetching.seek(partition, offset),
      pause: () => fetching.pause(partition),
      resume: () => fetching.resume(partition),
    });
  }

  private disconnectAll(): void {
    this.fetching = undefined;
    for (const { inbox } of this.held.values()) inbox.disconnect();
  }

  private async allReturned(): Promise<void> {
    this.settle();
    while (this.held.size > 0) await Promise.all([...this.held.values()].map(({ returned }) => returned));
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
