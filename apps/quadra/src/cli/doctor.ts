import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Pool } from 'pg';
import { checkEmbeddedBinaries, openKeyring } from '@quadra/platform';
import { runningInstance } from './instance-file';
import type { Io } from './io';
import { EXIT } from './io';
import type { InstanceOptions } from './session';
import { settingsOf } from './session';

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

const dataFolder = (dataDir: string): string => {
  const path = nearest(resolve(dataDir));
  if (!statSync(path).isDirectory()) throw new Error(`${path} is not a folder`);
  accessSync(path, constants.W_OK | constants.X_OK);
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

const embedded = async (dataDir: string): Promise<string> => {
  const running = await runningInstance(dataDir);
  const version = await checkEmbeddedBinaries();
  return running ? `PostgreSQL ${version}, in use by the instance at ${running.url}` : `PostgreSQL ${version} can be started`;
};

const secret = (dataDir: string): string => {
  const known = process.env['QUADRA_SECRET'] !== undefined || existsSync(join(dataDir, 'secret.key'));
  if (!known) return 'no secret yet: the first start makes one in the data folder';
  openKeyring({ dataDir });
  return process.env['QUADRA_SECRET'] === undefined
    ? `${join(resolve(dataDir), 'secret.key')} holds the secret`
    : 'QUADRA_SECRET holds the secret';
};

/** Looks for what would stop an instance from starting: one line each. */
export const doctor = async (io: Io, options: InstanceOptions): Promise<number> => {
  const { dataDir, databaseUrl } = settingsOf(io, options);
  const findings = [
    await finding('node', nodeVersion),
    await finding('data folder', () => dataFolder(dataDir)),
    await finding('disk', () => freeDisk(dataDir)),
    await finding('database', () => (databaseUrl ? database(databaseUrl) : embedded(dataDir))),
    await finding('secret', () => secret(dataDir)),
  ];
  if (options.json) io.out(JSON.stringify(findings));
  else findings.forEach(({ check, ok, says }) => io.out(`${ok ? 'ok  ' : 'FAIL'}  ${check}: ${says}`));
  return findings.every((f) => f.ok) ? EXIT.done : EXIT.failed;
};
