import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../../port';
import { Unreachable } from './failures';

/** Times in milliseconds. */
export interface Settings {
  /** An append without an answer for so long is looked up. */
  readonly appendTimeoutMs: number;
  /** A read is given up when nothing comes for so long. */
  readonly readTimeoutMs: number;
  /** How long an outage may last before the caller is told. */
  readonly patienceMs: number;
  /** How often somebody who waits at the end of the log looks for what other processes wrote. */
  readonly pollMs: number;
  /** Appends in flight at once. */
  readonly maxInFlight: number;
}

export const DEFAULTS: Settings = { appendTimeoutMs: 10_000, readTimeoutMs: 10_000, patienceMs: 15_000, pollMs: 200, maxInFlight: 512 };

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;

/** Waits before another try, longer each time; ends early on the signal. */
export const backOff = (attempt: number, signal?: AbortSignal): Promise<void> => {
  const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return sleep(ms, undefined, signal && { signal }).catch(() => undefined);
};

/**
 * Tries until it works. Only an outage is tried again. @throws StoreUnavailable when it outlasts `patienceMs`, or when the signal
 * ends the waiting; whatever else `work` throws.
 */
export const patiently = async <T>(work: () => Promise<T>, patienceMs: number, signal?: AbortSignal): Promise<T> => {
  const end = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (performance.now() >= end || signal?.aborted) throw new StoreUnavailable(error.message);
    }
    await backOff(attempt, signal);
  }
};
