import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { PublicEventSink } from '@quadra/event-feed';
import type { Keyring } from '@quadra/platform';
import { whileLeading } from '@quadra/platform';
import { PublicEvents, migratePublicEvents } from '@quadra/read-models';
import { Cursors } from './cursors';
import { PUBLISHER, publishAll } from './publisher';
import type { PublicEventsSettings } from './settings';
import { OutboxWatch } from './watch';
import { Deliveries } from './webhooks/deliveries';
import type { DispatcherParts } from './webhooks/dispatcher';
import { Dispatcher } from './webhooks/dispatcher';
import { Webhooks } from './webhooks/store';
import { migrateWebhooks } from './webhooks/tables';

export interface PublicEventsOptions {
  readonly pool: Pool;
  /** The same database: of the processes on it one publishes and delivers at a time. */
  readonly databaseUrl: string;
  readonly keyring: Pick<Keyring, 'seal' | 'open'>;
  readonly settings: PublicEventsSettings;
  /** Where events are published to as they come; none in the standalone profile. */
  readonly sink?: PublicEventSink;
  readonly log?: (message: string, error?: unknown) => void;
  /** Other than usual in tests. */
  readonly dispatcher?: Pick<DispatcherParts, 'now' | 'chance' | 'lookup' | 'tickMs'>;
}

/** The reading side of the public events: what the HTTP interface needs, and the background work of whichever process leads. */
export interface PublicEventsService {
  readonly events: PublicEvents;
  readonly watch: OutboxWatch;
  readonly webhooks: Webhooks;
  readonly deliveries: Deliveries;
  readonly settings: PublicEventsSettings;
  /** Ends when nothing is under way any more; streams that are open end by themselves when the server closes. */
  stop(): Promise<void>;
}

const SWEEP_MS = 600_000;

/** Removes what is older than the retention, now and then. */
const sweepAll = async (
  sweep: () => Promise<number>,
  log: (message: string, error?: unknown) => void,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    try {
      while ((await sweep()) > 0 && !signal.aborted);
    } catch (error) {
      log('public events: the retention could not be applied', error);
    }
    await sleep(SWEEP_MS, undefined, { signal }).catch(() => undefined);
  }
};

/** Starts the publisher, the webhooks and the retention of the public events, on one process of those that share a database. */
export const startPublicEvents = async (options: PublicEventsOptions): Promise<PublicEventsService> => {
  const { pool, keyring, settings, sink } = options;
  const log = options.log ?? (() => undefined);
  const cursors = new Cursors(pool);
  await migratePublicEvents(pool);
  await cursors.migrate();
  await migrateWebhooks(pool);
  const events = new PublicEvents(pool);
  const watch = new OutboxWatch(events);
  const webhooks = new Webhooks(pool, keyring);
  const deliveries = new Deliveries(pool);
  const dispatcher = new Dispatcher({
    webhooks,
    deliveries,
    events,
    allowPrivate: settings.allowPrivateWebhooks,
    log,
    ...options.dispatcher,
  });
  const sweep = async (): Promise<number> => {
    await deliveries.sweep();
    return events.sweep(settings.retentionDays, sink && (await cursors.load(PUBLISHER)));
  };
  const abort = new AbortController();
  const lead = { connectionString: options.databaseUrl, name: 'quadra/public-events', signal: abort.signal, log };
  const leading = whileLeading(lead, async (signal) => {
    const publishing = sink && publishAll({ events, cursors, watch, sink, log }, signal);
    await Promise.all([publishing, dispatcher.run(signal), sweepAll(sweep, log, signal)]);
  });
  const stop = async (): Promise<void> => {
    abort.abort();
    await leading;
  };
  return { events, watch, webhooks, deliveries, settings, stop };
};
