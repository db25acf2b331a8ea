import { randomBytes } from 'node:crypto';
import { existsSync, rmdirSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { Pool } from 'pg';
import type { Settings } from '@quadra/platform';
import { checkEmbeddedPostgres, makeFolder, openKeyring } from '@quadra/platform';
import { checkSecret } from '../../../command/src/secret';
import type { RunningInstance } from './instance-file';
import { runningInstance } from './instance-file';
import type { Io } from './io';
import { EXIT } from './io';
import { withDataPlace } from './place';
import type { InstanceOptions } from './session';
import { refuseUrl, settingsOf } from './session';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly says: string;
}

const MIN_NODE = [20, 19] as const;
const MIN_FREE_BYTES = 1024 ** 3;

const finding = async (check: string, look: () => string | Promise<string>): Promise<Finding> => {
  try {
    return { check, ok: true, says: await look() };
  } catch (error) {
    return { check, ok: false, says: (error as Error).message };
  }
};

const nodeVersion = (): string => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    throw new Error(`Node.js ${process.versions.node} is too old: ${MIN_NODE.join('.')} or later is needed`);
  }
  return `Node.js ${process.versions.node}`;
};

/** The nearest folder that exists: what is not made yet will be made in it. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)));

/** Tried: what a file system or the rights of the user allow, modes alone do not tell. */
const dataFolder = (dataDir: string): string => {
  const path = nearest(resolve(dataDir));
  if (!statSync(path).isDirectory()) throw new Error(`${path} is not a folder`);
  const trial = join(path, `.doctor-${process.pid}`);
  makeFolder(trial);
  rmdirSync(trial);
  return existsSync(dataDir) ? `${resolve(dataDir)} can be written` : `${resolve(dataDir)} can be created`;
};

const freeDisk = async (dataDir: string): Promise<string> => {
  const { bavail, bsize } = await statfs(nearest(resolve(dataDir)));
  const free = bavail * bsize;
  const text = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  if (free < MIN_FREE_BYTES) throw new Error(`${text}: at least 1 GiB is needed`);
  return text;
};

const database = async (url: string): Promise<string> => {
  const pool = new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 5_000 });
  try {
    const { rows } = await pool.query<{ server_version: string }>('show server_version');
    return `the database of DATABASE_URL answers (PostgreSQL ${rows[0]?.server_version})`;
  } catch (error) {
    throw new Error(`the database of DATABASE_URL does not answer: ${(error as Error).message}`, { cause: error });
  } finally {
    await pool.end();
  }
};

const embedded = async (dataDir: string, running: RunningInstance | undefined): Promise<string> => {
  const version = await checkEmbeddedPostgres(join(dataDir, 'postgres'), running === undefined);
  return running ? `PostgreSQL ${version}, in use by the instance at ${running.url}` : `PostgreSQL ${version} can be started`;
};

const PORT_REFUSED: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program',
  EADDRNOTAVAIL: 'cannot be listened on: this machine does not have that address',
  EACCES: 'may not be used by this user',
};

/** Listens for a moment, as the HTTP server of a start would. */
const port = async ({ host, port: wanted }: Settings, running: RunningInstance | undefined): Promise<string> => {
  if (running && new URL(running.url).port === String(wanted)) return `${running.url} is served by the instance on this data folder`;
  const server = createServer();
  const address = `port ${wanted} of ${host}`;
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wanted, host, resolve));
    return wanted === 0 ? `a start takes a free one of ${host}` : `${address} is free`;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Error(`${address} ${PORT_REFUSED[code] ?? `cannot be listened on: ${message}`}`, { cause: error });
  } finally {
    server.close();
  }
};

/** The secret there is, against the data there are. A first start would make one that opens none of them, as this random one. */
const secret = async (io: Io, { url: _, ...options }: InstanceOptions, dataDir: string, databaseUrl: string): Promise<string> => {
  const given = io.env['QUADRA_SECRET'];
  const known = Boolean(given) || existsSync(join(dataDir, 'secret.key'));
  const keyring = known ? openKeyring({ dataDir, ...(given && { secret: given }) }) : openKeyring({ secret: randomBytes(32) });
  if (databaseUrl || existsSync(join(dataDir, 'postgres')))
    await withDataPlace(io, options, { mustExist: true }, ({ pool }) => checkSecret(pool, keyring));
  if (!known) return 'no secret yet: the first start makes one in the data folder';
  return given ? 'QUADRA_SECRET holds the secret' : `${join(resolve(dataDir), 'secret.key')} holds the secret`;
};

/** Looks for what would stop an instance from starting: one line each. */
export const doctor = async (io: Io, options: InstanceOptions): Promise<number> => {
  refuseUrl(options);
  const settings = settingsOf(io, options);
  const { dataDir, databaseUrl } = settings;
  const running = await runningInstance(dataDir);
  const findings = [
    await finding('node', nodeVersion),
    await finding('data folder', () => dataFolder(dataDir)),
    await finding('disk', () => freeDisk(dataDir)),
    await finding('database', () => (databaseUrl ? database(databaseUrl) : embedded(dataDir, running))),
    await finding('secret', () => secret(io, options, dataDir, databaseUrl)),
    await finding('port', () => port(settings, running)),
  ];
  if (options.json) io.out(JSON.stringify(findings));
  else findings.forEach(({ check, ok, says }) => io.out(`${ok ? 'ok  ' : 'FAIL'}  ${check}: ${says}`));
  return findings.every((f) => f.ok) ? EXIT.done : EXIT.failed;
};
