import { Lookout } from './lookout';
import type { Place, ProcessorStatus, ProcessorView, Skip } from './processor';
import { Waiters } from './waiters';

export interface RemoteOptions {
  /** Where the service is reached: `http://host:port`. */
  readonly url: string;
  /** What services show each other. */
  readonly key: string;
}

/** The service does not answer, or not as it should. */
export class RemoteUnavailable extends Error {}

/** The other service tried, and met the same failure; the message is its own sentence. */
export class RemoteRefused extends Error {}

const LOOK_MS = 25;
/** What was seen so short a time ago need not be asked again. */
const FRESH_MS = 250;
const TIMEOUT_MS = 5_000;
const RETRY_TIMEOUT_MS = 600_000;
const NOWHERE: Place = { position: 0n, lastOutput: 0n };

/** The processors of another service, as it tells of them over HTTP. */
export class RemoteProcessors {
  private seen: ReadonlyMap<string, ProcessorStatus> = new Map();
  private seenAt = 0;
  private isReachable = false;
  private readonly waiters = new Waiters();
  private readonly lookout: Lookout;

  constructor(private readonly options: RemoteOptions) {
    this.lookout = new Lookout(() => this.read(), LOOK_MS);
  }

  /** As of now; when the service does not answer, as last seen, and not running. */
  async status(): Promise<readonly ProcessorStatus[]> {
    try {
      await this.lookout.look();
      return [...this.seen.values()];
    } catch (error) {
      const { message } = error as Error;
      return [...this.seen.values()].map((status) => ({ ...status, running: false, caughtUp: false, error: message }));
    }
  }

  /** @returns false when it is not parked there. @throws RemoteRefused, RemoteUnavailable */
  async retryParked(processor: string, org: string, skip?: Skip): Promise<boolean> {
    const path = `parked/${encodeURIComponent(processor)}/${encodeURIComponent(org)}/retry`;
    const answer = await this.ask<{ released: boolean }>('POST', path, RETRY_TIMEOUT_MS, skip);
    return answer.released;
  }

  /** One of them as others see it; what cannot be asked counts as not come any further, and as parked. */
  view(name: string): ProcessorView {
    return {
      name,
      place: (partition) => this.place(name, partition),
      refresh: () => this.refresh(),
      waitFor: (position, timeoutMs, partition) => this.waitFor(name, position, timeoutMs, partition),
      isBehind: (org) => !this.isReachable || this.isBehind(name, org),
    };
  }

  private isBehind(name: string, org: string): boolean {
    const status = this.seen.get(name);
    return status === undefined || status.parked.includes(org) || status.skipped.includes(org);
  }

  private place(name: string, partition: number): Place {
    const part = this.seen.get(name)?.partitions[partition];
    return part ? { position: BigInt(part.position), lastOutput: BigInt(part.lastOutput) } : NOWHERE;
  }

  private refresh(): Promise<void> {
    return Date.now() - this.seenAt < FRESH_MS ? Promise.resolve() : this.lookout.look().catch(() => undefined);
  }

  private waitFor(name: string, position: bigint, timeoutMs: number, partition?: number): Promise<boolean> {
    const holds = (): boolean => {
      const status = this.seen.get(name);
      const known = partition === undefined ? BigInt(status?.position ?? 0) : this.place(name, partition).position;
      return known >= position;
    };
    return this.lookout.during(() => this.waiters.until(holds, timeoutMs));
  }

  private async read(): Promise<void> {
    try {
      // Who waits says so: what lingers there to gather more goes on at once.
      const path = this.lookout.isWatched ? 'processors?awaited=true' : 'processors';
      const { items } = await this.ask<{ items: ProcessorStatus[] }>('GET', path, TIMEOUT_MS);
      this.seen = new Map(items.map((status) => [status.name, status]));
      [this.seenAt, this.isReachable] = [Date.now(), true];
    } catch (error) {
      this.isReachable = false;
      throw error;
    }
    this.waiters.wake();
  }

  private async ask<T>(method: string, path: string, timeoutMs: number, send?: object): Promise<T> {
    const { url, key } = this.options;
    const request = {
      method,
      headers: { Authorization: `Bearer ${key}`, ...(send && { 'Content-Type': 'application/json' }) },
      signal: AbortSignal.timeout(timeoutMs),
      ...(send && { body: JSON.stringify(send) }),
    };
    const response = await fetch(`${url.replace(/\/+$/, '')}/api/v1/internal/${path}`, request).catch((cause: unknown) => {
      throw new RemoteUnavailable(`The service at ${url} does not answer`, { cause });
    });
    const body = (await response.json().catch(() => ({}))) as T & { detail?: string };
    if (response.status === 409) throw new RemoteRefused(body.detail ?? 'refused');
    if (!response.ok) throw new RemoteUnavailable(`The service at ${url} answered ${response.status}`);
    return body;
  }
}
