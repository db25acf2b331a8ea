import { join, resolve } from 'node:path';
import { mkdirSync } from 'node:fs';
import { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import { openPostgresStore } from '@quadra/event-store';
import { storeFeed } from '@quadra/event-feed';
import { openKeyring, startEmbeddedPostgres } from '@quadra/platform';
import type { ProcessorRunner, ProcessorStatus } from '@quadra/processing';
import type { ReadModelHost, RebuildProgress, RebuildResult } from '@quadra/read-models';
import { Queries } from '@quadra/read-models';
import type { Intake } from '../../command/src/intake';
import { createIntake, migrateIntake } from '../../command/src/intake';
import { Organizations } from '../../command/src/organizations/organizations';
import { startProjection } from '../../projection/src/projection';
import type { Reconciliation } from '../../reconciliation/src/reconciliation';
import { startReconciliation } from '../../reconciliation/src/reconciliation';
import { Consistency } from './consistency';

export interface StandaloneOptions {
  /** Holds the embedded database (unless there is a `databaseUrl`) and the keys. */
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly log?: (message: string, error?: unknown) => void;
  /** Organizations whose files are imported at the same time. */
  readonly parallel?: number;
  /** Longest file that is taken in, in bytes. */
  readonly maxFileBytes?: number;
  /** The clock of the queries: lanes are read for its day in Rome. The present when absent. */
  readonly now?: () => Date;
}

export interface Processors {
  status(): ProcessorStatus[];
  /** Rebuilds read models beside the live ones and swaps them; all of them when none is named. */
  rebuild(names: readonly string[], onProgress?: (p: RebuildProgress) => void): Promise<RebuildResult[]>;
  parked(): { processor: string; organization: string }[];
  retryParked(processor: string, org: string): Promise<boolean>;
  hashes(): Promise<Record<string, string>>;
}

/** The whole product in one process: command, reconciliation and projection around one event store. */
export interface Standalone {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly intake: Intake;
  readonly organizations: Organizations;
  readonly queries: Queries;
  readonly consistency: Consistency;
  readonly processors: Processors;
  /** Where the data lie, for a person to read. */
  readonly place: string;
  close(): Promise<void>;
}

interface Database {
  readonly url: string;
  readonly place: string;
  stop(): Promise<void>;
}

const openDatabase = async ({ dataDir, databaseUrl }: StandaloneOptions): Promise<Database> => {
  if (databaseUrl) return { url: databaseUrl, place: 'the database of DATABASE_URL', stop: () => Promise.resolve() };
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') });
  return { url: server.url, place: resolve(dataDir), stop: () => server.stop() };
};

const processorsOf = (reconciliation: Reconciliation, host: ReadModelHost): Processors => {
  const all = (): ProcessorRunner[] => [reconciliation.matcher, reconciliation.lifecycle, ...host.live];
  return {
    status: () => all().map((r) => r.status()),
    rebuild: (names, onProgress) => host.rebuild(names.length ? names : host.names(), onProgress),
    parked: () => all().flatMap((r) => r.status().parked.map((organization) => ({ processor: r.processor.name, organization }))),
    retryParked: async (name, org) =>
      (await all()
        .find((r) => r.processor.name === name)
        ?.retryParked(org)) ?? false,
    hashes: () => host.hashes(),
  };
};

/** Opens everything on a data folder, or on a database; `close` ends it in the order that loses nothing. */
export const openStandalone = async (options: StandaloneOptions): Promise<Standalone> => {
  mkdirSync(options.dataDir, { recursive: true });
  const keyring = openKeyring({ dataDir: options.dataDir });
  const database = await openDatabase(options);
  // Only the event store must wait for the disk: its commit flushes all that was written before it, and what comes after is
  // derived from events or done again at the next start.
  const pool = new Pool({ connectionString: database.url, max: 16, options: '-c synchronous_commit=off' });
  let closing = false;
  pool.on('error', (error) => (closing ? undefined : options.log?.('a database connection was lost', error)));
  try {
    await migrateIntake(pool);
    const store = await openPostgresStore({ connectionString: database.url });
    const feed = storeFeed(store);
    const log = options.log && { log: options.log };
    const reconciliation = await startReconciliation({ pool, store, feed, ...log });
    const host = await startProjection({ pool, feed, ...log });
    const intakeLog = (fields: object, message: string) => options.log?.(`intake: ${message}`, fields);
    const intake = createIntake({
      pool,
      databaseUrl: database.url,
      store,
      keyring,
      log: { info: () => undefined, warn: intakeLog, error: intakeLog },
      ...(options.parallel !== undefined && { parallel: options.parallel }),
      ...(options.maxFileBytes !== undefined && { maxBytes: options.maxFileBytes }),
    });
    await intake.start();
    const consistency = new Consistency({ pool, matcher: reconciliation.matcher, lifecycle: reconciliation.lifecycle, host });
    const queries = new Queries(pool, store, () => (position) => consistency.isReconciled(position), options.now);
    return {
      pool,
      store,
      intake,
      organizations: new Organizations(store),
      queries,
      consistency,
      processors: processorsOf(reconciliation, host),
      place: database.place,
      close: async () => {
        closing = true;
        await intake.stop();
        await reconciliation.stop();
        await host.stop();
        await store.close();
        await pool.end();
        await database.stop();
      },
    };
  } catch (error) {
    await pool.end();
    await database.stop();
    throw error;
  }
};
