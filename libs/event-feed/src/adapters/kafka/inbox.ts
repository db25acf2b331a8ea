import { setTimeout as sleep } from 'node:timers/promises';
import type { InMessage } from './client';

/** What a partition may keep in memory; one fetch may come on top. */
const FULL_BYTES = 1024 * 1024;
/**
 * How long all fetching waits for a reader whose inbox is full, before the fetching of its partition alone pauses. A pause costs
 * up to a whole long poll, which a quick reader would spend idle.
 */
const GRACE_MS = 100;
/** Headers and objects around a message. */
const OVERHEAD_BYTES = 200;

export interface Chunk {
  readonly messages: InMessage[];
  /** The end of the log when the last of them was fetched. */
  readonly high: bigint;
}

/** The controls of the fetching of one partition. */
export interface Tap {
  seek(offset: bigint): void;
  pause(): void;
  resume(): void;
}

/**
 * Messages of one partition between the client, which fetches all partitions in one loop that must not wait, and one reader
 * that takes its time.
 */
export class Inbox {
  private messages: InMessage[] = [];
  private bytes = 0;
  private high = 0n;
  private reader: object | undefined;
  /** The offset that the reader wants next, and the one that is fetched next; undefined until it has named one. */
  private wanted: bigint | undefined;
  private next = 0n;
  private tap: Tap | undefined;
  private paused: boolean | undefined;
  private arrived: () => void = () => undefined;
  private drained: () => void = () => undefined;

  /** `graceMs` 0: fetching never waits for this reader, who is content to wait for it. */
  constructor(private readonly graceMs = GRACE_MS) {}

  /** The partition is fetched from now on (again), where it had stopped. */
  connect(tap: Tap): void {
    this.tap = tap;
    this.paused = undefined;
    if (this.wanted !== undefined) tap.seek(this.next);
    this.adjust();
  }

  /** Nothing more is fetched; what is here can be read. */
  disconnect(): void {
    this.tap = undefined;
  }

  /** Makes the caller the only reader. @returns false while another is. */
  open(reader: object): boolean {
    this.reader ??= reader;
    return this.reader === reader;
  }

  close(reader: object): void {
    if (this.reader !== reader) return;
    this.reader = this.wanted = undefined;
    this.clear();
    this.adjust();
  }

  /** Takes what was fetched, from wherever it is: when the log no longer holds what was sought, the client begins at its start. */
  async push(messages: readonly InMessage[], high: bigint): Promise<void> {
    if (this.wanted === undefined) return;
    for (const message of messages) {
      this.messages.push(message);
      this.bytes += (message.value?.length ?? 0) + OVERHEAD_BYTES;
    }
    const last = messages[messages.length - 1];
    if (last) this.next = BigInt(last.offset) + 1n;
    this.high = high;
    if (this.messages.length > 0) this.arrived();
    if (this.bytes >= FULL_BYTES && this.graceMs > 0) await this.room();
    this.adjust();
  }

  /** Waits for messages from an offset on. @returns undefined when the signal has ended. */
  async take(offset: bigint, signal: AbortSignal): Promise<Chunk | undefined> {
    if (this.wanted !== offset) this.restart(offset);
    while (!signal.aborted && this.messages.length === 0) await this.arrival(signal);
    if (signal.aborted) return undefined;
    const chunk = { messages: this.messages, high: this.high };
    this.wanted = this.next;
    this.clear();
    this.adjust();
    return chunk;
  }

  private restart(offset: bigint): void {
    this.wanted = this.next = offset;
    this.clear();
    this.tap?.seek(offset);
    this.adjust();
  }

  private clear(): void {
    this.messages = [];
    this.bytes = 0;
    this.drained();
  }

  private adjust(): void {
    const pause = this.wanted === undefined || this.bytes >= FULL_BYTES;
    if (!this.tap || pause === this.paused) return;
    this.paused = pause;
    if (pause) this.tap.pause();
    else this.tap.resume();
  }

  /** Resolves when there is room, or when the patience ends. */
  private async room(): Promise<void> {
    const patience = new AbortController();
    this.drained = () => patience.abort();
    await sleep(this.graceMs, undefined, { signal: patience.signal }).catch(() => undefined);
  }

  private arrival(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.arrived = done;
      signal.addEventListener('abort', done);
    });
  }
}
