import { execFileSync, spawn, type StdioOptions } from 'node:child_process';
import { statSync } from 'node:fs';
import { EmbeddedPostgresError } from './errors';

/** The user PostgreSQL runs as when Quadra is root: PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * Who runs the server: `undefined` is the calling user. As root it is the owner of an existing data directory (so that its owner can
 * start it again without root), else `postgres`, else `nobody`. Throws when the directory belongs to someone else, or root has no such user.
 */
export const chooseServerUser = (dataDir: string): ServerUser | undefined => {
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  if (isRoot())
    return owner !== undefined && owner.uid !== 0
      ? { uid: owner.uid, gid: owner.gid }
      : (findUser('postgres') ?? findUser('nobody') ?? noUser());
  const me = process.getuid?.();
  if (owner === undefined || owner.uid === me) return undefined;
  throw new EmbeddedPostgresError(
    `${dataDir} belongs to the user ${owner.uid} and this is the user ${me}: start Quadra as root or as that user, or choose another data folder.`,
  );
};

const noUser = (): never => {
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root and this machine has neither a user `postgres` nor `nobody`: create one, start Quadra as an ordinary user, or set DATABASE_URL.',
  );
};

const findUser = (name: string): ServerUser | undefined => {
  const ask = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) | 0;
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
};

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly error?: NodeJS.ErrnoException;
}

export interface RunOptions {
  readonly user: ServerUser | undefined;
  readonly cwd?: string;
  /** A file descriptor or a text for standard input. */
  readonly input?: number | string;
}

/** The environment of every program started here: nothing of the caller's, no PG* variable and no secret reaches the server. */
export const cleanEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' });

/** Runs a program to its end as that user; never throws: a program that cannot be started has `error`. */
export const run = (file: string, args: readonly string[], options: RunOptions): Promise<Outcome> =>
  new Promise((resolve) => {
    const { input } = options;
    const stdio: StdioOptions = [typeof input === 'number' ? input : typeof input === 'string' ? 'pipe' : 'ignore', 'pipe', 'pipe'];
    let output = '';
    const child = spawn(file, args, { ...options.user, cwd: options.cwd ?? '/', env: cleanEnvironment(), stdio });
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => resolve({ code: null, output, error }));
    child.on('close', (code) => resolve({ code, output }));
    child.stdin?.on('error', () => undefined); // a program that ends before it has read its input says so by its code
    if (typeof input === 'string') child.stdin?.end(input);
  });

/** Whether the user can reach a folder through all its parents, tried by a program of that user: modes alone do not tell (ACLs, mounts). */
export const canEnter = async (user: ServerUser | undefined, folder: string): Promise<boolean> => {
  const { code, error } = await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { user });
  if (error !== undefined) throw cannotBecome(user, error);
  return code === 0;
};

const cannotBecome = (user: ServerUser | undefined, error: Error): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    `This root cannot start a program as the user ${user?.uid} (${error.message}): start Quadra as an ordinary user, or set DATABASE_URL.`,
    { cause: error },
  );
