import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import { openEventStoreDb, openPostgresStore } from '@quadra/event-store';
import type { Settings } from '@quadra/platform';
import { startEmbeddedPostgres } from '@quadra/platform';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { openingFailed, whenLost } from './opening-failed';
import type { InstanceOptions } from './session';
import { refuseUrl, settingsOf } from './session';

/** Where the data of an instance lie, opened without the instance itself. */
export interface DataPlace {
  readonly dataDir: string;
  readonly pool: Pool;
  /** Holds the API keys; the same as `pool` where the settings name no other. */
  readonly platformPool: Pool;
  /** Opens the event store; a reader goes beside a running instance. */
  readonly openStore: (readOnly: boolean) => Promise<EventStore>;
}

interface PlaceNeeds {
  /** There must be an instance already. */
  readonly mustExist: boolean;
  /** No other process may use the embedded database. */
  readonly alone?: boolean;
}

interface Addresses {
  readonly database: string;
  readonly platform: string;
  readonly events: string;
  stop(): Promise<void>;
}

/** The embedded database of the data folder, or the addresses that the services of a cluster are given. */
const addressesOf = async (io: Io, { dataDir, databaseUrl }: Settings, { mustExist, alone = false }: PlaceNeeds): Promise<Addresses> => {
  if (databaseUrl) {
    const platform = io.env['QUADRA_PLATFORM_URL'] || databaseUrl;
    const events = io.env['EVENTSTORE_URL'] || databaseUrl;
    return { database: databaseUrl, platform, events, stop: () => Promise.resolve() };
  }
  if (io.env['EVENTSTORE_URL']) {
    throw new CliError('With EVENTSTORE_URL set, DATABASE_URL must name the PostgreSQL of the command service', EXIT.usage);
  }
  if (mustExist && !existsSync(join(dataDir, 'postgres'))) throw new CliError(`There is no instance in ${dataDir}`);
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), alone });
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
  needs: PlaceNeeds,
  work: (place: DataPlace) => Promise<T>,
): Promise<T> => {
  refuseUrl(options);
  const where = settingsOf(io, options);
  const failed = (e: unknown): never => {
    throw openingFailed(e, where);
  };
  const addresses = await addressesOf(io, where, needs).catch(failed);
  const pool = poolOf(addresses.database);
  const platformPool = addresses.platform === addresses.database ? pool : poolOf(addresses.platform);
  const openStore = (readOnly: boolean): Promise<EventStore> =>
    addresses.events.startsWith('postgres')
      ? openPostgresStore({ connectionString: addresses.events, readOnly })
      : openEventStoreDb({ connectionString: addresses.events });
  try {
    for (const one of new Set([pool, platformPool])) await one.query('select 1').catch(failed);
    return await work({ dataDir: where.dataDir, pool, platformPool, openStore }).catch((e: unknown) => {
      throw whenLost(e, where);
    });
  } finally {
    await pool.end();
    if (platformPool !== pool) await platformPool.end();
    await addresses.stop();
  }
};
