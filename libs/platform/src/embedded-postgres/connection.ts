import { existsSync, realpathSync } from 'node:fs';
import { Client } from 'pg';
import { DATABASE, ROLE } from './data-directory';
import { type Access, socketFile } from './layout';
import { readPidFile } from './pid-file';
import { WORKING_DIRECTORY } from './place';

/** The longest path of a socket that every system takes; beyond it the loopback address serves. */
const SOCKET_PATH_BYTES = 100;

/** The address of a database of the server. Loopback only, so TLS is off whatever `PGSSLMODE` says. */
const urlOf = (access: Access, database: string): string =>
  `postgres://${ROLE}:${encodeURIComponent(access.password)}@127.0.0.1:${access.port}/${database}?sslmode=disable`;

/** The address of Quadra's database: through the server's socket where there is one, since the parameter `host` wins over the address. */
export const databaseUrl = (access: Access, dataDir: string): string => {
  const socket = socketFile(dataDir, access.port);
  const usable = readPidFile(dataDir)?.hasSocket === true && Buffer.byteLength(socket) <= SOCKET_PATH_BYTES && existsSync(socket);
  return `${urlOf(access, DATABASE)}${usable ? `&host=${encodeURIComponent(dataDir)}` : ''}`;
};

/** Connects and answers whether the server keeps its data in that directory. Throws what `pg` throws. */
export const servesDirectory = (access: Access, dataDir: string): Promise<boolean> =>
  withClient(access, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    const shown = rows[0]?.data_directory ?? '';
    // a server that knows its directory as its working directory was told apart by the pid file already
    return shown === WORKING_DIRECTORY || realpathSync(shown) === realpathSync(dataDir);
  });

/** Creates Quadra's database if it is not there. */
export const ensureDatabase = (access: Access): Promise<void> =>
  withClient(access, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });

const withClient = async <T>(access: Access, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: urlOf(access, 'postgres'), connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // a server that ends meanwhile makes the query fail: no second, unhandled error
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};
