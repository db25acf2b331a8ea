import { join, resolve } from 'node:path';
import { mkdirSync } from 'node:fs';
import { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import { openPostgresStore } from '@quadra/event-store';
import type { EventFeed } from '@quadra/event-feed';
import { storeFeed } from '@quadra/event-feed';
import { Undo, openKeyring, startEmbeddedPostgres } from '@quadra/platform';
import type { ProcessorGroup, ProcessorStatus, Skip } from '@quadra/processing';
import type { ReadModelHost, RebuildProgress, RebuildResult, RebuildState } from '@quadra/read-models';
import { Queries } from '@quadra/read-models';
import { organizationStream } from '@quadra/domain';
import { toOrg } from '@quadra/kernel';
import type { Command } from '../../command/src/command';
import { startCommand } from '../../command/src/command';
import { Consistency } from '../../projection/src/consistency';
import { startProjection } from '../../projection/src/projection';
import type { PublicEventsService } from '../../projection/src/public-events';
import { publicEventsSettings, startPublicEvents } from '../../projection/src/public-events';
import type { Reconciliation } from '../../reconciliation/src/reconciliation';
import { startReconciliation } from '../../reconciliation/src/reconciliation';

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
  /** Begins one that goes on in the background. */
  startRebuild(name: string): Promise<void>;
  rebuilds(): Promise<ReadonlyMap<string, RebuildState>>;
  parked(): { processor: string; organization: string }[];
  retryParked(processor: string, org: string, skip?: Skip): Promise<boolean>;
  hashes(): Promise<Record<string, string>>;
}

/** The whole product in one process: command, reconciliation and projection around one event store. */
export interface Standalone {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly intake: Command['intake'];
  readonly organizations: Command['organizations'];
  readonly queries: Queries;
  readonly consistency: Consistency;
  readonly processors: Processors;
  readonly integrity: Command['integrity'];
  readonly publicEvents: PublicEventsService;
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
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), alone: true });
  return { url: server.url, place: resolve(dataDir), stop: () => server.stop() };
};

const processorsOf = (reconciliation: Reconciliation, host: ReadModelHost): Processors => {
  const all = (): ProcessorGroup[] => [reconciliation.matcher, reconciliation.lifecycle, ...host.live];
  return {
    status: () => all().map((r) => r.status()),
    rebuild: (names, onProgress) => host.rebuild(names.length ? names : host.names(), onProgress),
    startRebuild: (name) => host.startRebuild(name),
    rebuilds: () => host.rebuilds(),
    parked: () => all().flatMap((r) => r.status().parked.map((organization) => ({ processor: r.name, organization }))),
    retryParked: async (name, org, skip) =>
      (await all()
        .find((r) => r.name === name)
        ?.retryParked(org, skip)) ?? false,
    hashes: () => host.hashes(),
  };
};

const consistencyOf = (pool: Pool, feed: EventFeed, { matcher, lifecycle }: Reconciliation, host: ReadModelHost): Consistency =>
  new Consistency({
    pool,
    partitions: feed.partitions,
    partitionOf: (org) => feed.partitionOf(organizationStream(toOrg(org))),
    matcher,
    lifecycle,
    models: () => host.live,
  });

/**
 * Opens everything on a data folder, or on a database; `close` ends it in the order that loses nothing. @throws what the first
 * part says that cannot be opened; those before it are ended then.
 */
export const openStandalone = async (options: StandaloneOptions): Promise<Standalone> => {
  mkdirSync(options.dataDir, { recursive: true });
  const undo = new Undo();
  try {
    const parts = await openParts(options, undo);
    return { ...parts, close: () => undo.all(options.log) };
  } catch (error) {
    await undo.all(options.log);
    throw error;
  }
};

/** Parts are opened in the order in which they can end: each is noted with what ends it, and the last one ends first. */
const openParts = async (options: StandaloneOptions, undo: Undo): Promise<Omit<Standalone, 'close'>> => {
  const keyring = openKeyring({ dataDir: options.dataDir });
  const settings = publicEventsSettings(process.env);
  const database = await openDatabase(options);
  undo.add(() => database.stop());
  const pool = openPool(database.url, undo, options.log);
  const store = await openPostgresStore({ connectionString: database.url });
  undo.add(() => store.close());
  const feed = storeFeed(store);
  const log = options.log && { log: options.log };
  const { intake, organizations, integrity } = await startCommand({
    pool,
    databaseUrl: database.url,
    store,
    openReader: () => openPostgresStore({ connectionString: database.url, readOnly: true }),
    keyring,
    ...log,
    ...(options.parallel !== undefined && { parallel: options.parallel }),
    ...(options.maxFileBytes !== undefined && { maxFileBytes: options.maxFileBytes }),
  });
  undo.add(() => integrity.stop()); // when nothing records any more: what is left is sealed
  const host = await startProjection({ pool, store, feed, ...log });
  undo.add(() => host.stop());
  const publicEvents = await startPublicEvents({ pool, databaseUrl: database.url, keyring, settings, ...log });
  undo.add(() => publicEvents.stop());
  const reconciliation = await startReconciliation({ pool, store, feed, ...log });
  undo.add(() => reconciliation.stop());
  await intake.start();
  undo.add(() => intake.stop());
  const consistency = consistencyOf(pool, feed, reconciliation, host);
  return {
    ...{ pool, store, intake, organizations, consistency, integrity, publicEvents },
    queries: new Queries(pool, store, (org) => consistency.reconciledOf(org), options.now),
    processors: processorsOf(reconciliation, host),
    place: database.place,
  };
};

/**
 * Only the event store must wait for the disk: its commit flushes all that was written before it, and what comes after is derived
 * from events or done again at the next start.
 */
const openPool = (connectionString: string, undo: Undo, log: StandaloneOptions['log']): Pool => {
  const pool = new Pool({ connectionString, max: 16, options: '-c synchronous_commit=off' });
  let ending = false;
  pool.on('error', (error) => (ending ? undefined : log?.('a database connection was lost', error)));
  undo.add(() => {
    ending = true;
    return pool.end();
  });
  return pool;
};
