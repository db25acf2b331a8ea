import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore } from '@quadra/event-store';
import type { Consistency } from '../http';

const POLL_MS = 50;

/**
 * Of a service that answers from what is recorded, and from nothing that follows: it is never behind.
 * @param isSettled whether what the service itself makes of the writes up to a position of an organization stands.
 */
export const writeSideConsistency = (
  store: Pick<EventStore, 'head'>,
  isSettled: (org: string, position: bigint) => Promise<boolean> = () => Promise.resolve(true),
): Consistency => ({
  waitFor: async (org, text, timeoutMs) => {
    const position = BigInt(text);
    const end = Date.now() + timeoutMs;
    for (;;) {
      if ((await store.head()) >= position && (org === undefined || (await isSettled(org, position)))) return true;
      if (Date.now() >= end) return false;
      await sleep(Math.min(POLL_MS, Math.max(1, end - Date.now())));
    }
  },
  position: async () => String(await store.head()),
  isStale: () => Promise.resolve(false),
});
