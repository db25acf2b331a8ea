import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const RETRY_MS = 1_000;

export interface LeadOptions {
  readonly connectionString: string;
  /** Names the work: of the processes that name it, one does it. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly log: (message: string, error?: unknown) => void;
}

/**
 * Does work in one process at a time: whoever holds the lock of the database, until its connection or the signal ends. The
 * work gets a signal that ends with either. Resolves when the signal has ended and the work has returned.
 */
export const whileLeading = async ({ connectionString, name, signal, log }: LeadOptions, work: (signal: AbortSignal) => Promise<void>) => {
  while (!signal.aborted) {
    try {
      await leadOnce(connectionString, name, signal, work);
    } catch (error) {
      log(`${name}: trying again`, error);
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
};

const leadOnce = async (connectionString: string, name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>) => {
  const client = new Client({ connectionString, application_name: name, keepAlive: true });
  const lost = new AbortController();
  client.on('error', () => lost.abort());
  client.on('end', () => lost.abort());
  try {
    await client.connect();
    const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as mine', [name]);
    if (rows[0].mine) await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    await client.end().catch(() => undefined);
  }
};
