import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import { openEventStoreDb, openPostgresStore } from '@quadra/event-store';
import { startEmbeddedPostgres } from '@quadra/platform';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import type { InstanceOptions } from './session';
import { openingFailed, settingsOf } from './session';

/** Where the data of an instance lie, opened without the instance itself. */
export interface DataPlace {
  readonly dataDir: string;
  readonly pool: Pool;
  /** Holds the API keys; the same as `pool` where the settings name no other. */
  readonly platformPool: Pool;
  /** Opens the event store; a reader goes beside a running instance. */
  readonly openStore: (readOnly: boolean) => Promise<EventStore>;
}

interface Addresses {
  readonly database: string;
  readonly platform: string;
  readonly events: string;
  stop(): Promise<void>;
}

/** The embedded database of the data folder, or the addresses that the services of a cluster are given. */
const addressesOf = async (io: Io, dataDir: string, databaseUrl: string, mustExist: boolean): Promise<Addresses> => {
  if (databaseUrl) {
    const platform = io.env['QUADRA_PLATFORM_URL'] || databaseUrl;
    const events = io.env['EVENTSTORE_URL'] || databaseUrl;
    return { database: databaseUrl, platform, events, stop: () => Promise.resolve() };
  }
  if (io.env['EVENTSTORE_URL']) {
    throw new CliError('With EVENTSTORE_URL set, DATABASE_URL must name the PostgreSQL of the command service', EXIT.usage);
  }
  if (mustExist && !existsSync(join(dataDir, 'postgres'))) throw new CliError(`There is no instance in ${dataDir}`);
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') });
  return { database: server.url, platform: server.url, events: server.url, stop: () => server.stop() };
};

const poolOf = (connectionString: string): Pool => {
  const pool = new Pool({ connectionString, max: 4 });
  pool.on('error', () => undefined); // an idle connection was lost; the next query opens another
  return pool;
};

/** Work on the data themselves: there is no way over HTTP to them. @throws CliError in one sentence. */
export const withDataPlace = async <T>(
  io: Io,
  options: InstanceOptions,
  { mustExist }: { mustExist: boolean },
  work: (place: DataPlace) => Promise<T>,
): Promise<T> => {
  if (options.url !== undefined) {
    throw new CliError(
      'This command works on the data themselves, not over --url: give --data, or DATABASE_URL in the environment',
      EXIT.usage,
    );
  }
  const { dataDir, databaseUrl } = settingsOf(io, options);
  const addresses = await addressesOf(io, dataDir, databaseUrl, mustExist).catch((e: unknown) => Promise.reject(openingFailed(e)));
  const pool = poolOf(addresses.database);
  const platformPool = addresses.platform === addresses.database ? pool : poolOf(addresses.platform);
  const openStore = (readOnly: boolean): Promise<EventStore> =>
    addresses.events.startsWith('postgres')
      ? openPostgresStore({ connectionString: addresses.events, readOnly })
      : openEventStoreDb({ connectionString: addresses.events });
  try {
    await pool.query('select 1').catch((e: unknown) => Promise.reject(openingFailed(e)));
    return await work({ dataDir, pool, platformPool, openStore });
  } finally {
    await pool.end();
    if (platformPool !== pool) await platformPool.end();
    await addresses.stop();
  }
};
