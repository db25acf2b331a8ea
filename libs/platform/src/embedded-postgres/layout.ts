import { chownSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError, onPath, systemCode } from './errors';
import type { ProcessIdentity } from './process-table';

/** The files beside a data directory `<dir>`; inside it only PostgreSQL writes. */
export const logFile = (dataDir: string): string => `${dataDir}.log`;
export const lockFile = (dataDir: string): string => `${dataDir}.lock`;
export const accessFile = (dataDir: string): string => `${dataDir}.access.json`;
/** The server's socket; PostgreSQL keeps a lock file beside it. */
export const socketFile = (dataDir: string, port: number): string => join(dataDir, `.s.PGSQL.${port}`);
/**
 * How the folders begin in which `initdb` works; they are renamed when complete, so that a data directory is whole or absent. Each has a
 * name of its own: the `initdb` of a start that was killed may live on, and empties its folder when it fails.
 */
export const birthPrefix = (dataDir: string): string => `${dataDir}.init-`;

/** What a later process needs in order to connect: kept in a file of mode 0600. `starter` is who will stop the server. */
export interface Access {
  readonly password: string;
  readonly port: number;
  readonly starter?: ProcessIdentity;
}

const isAccess = (value: unknown): value is Access =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Access).password === 'string' &&
  typeof (value as Access).port === 'number';

/** The access file, `undefined` if it is missing or damaged (the password is then set anew). Throws if it may not be read. */
export const readAccess = (dataDir: string): Access | undefined => {
  const path = accessFile(dataDir);
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isAccess(parsed) ? parsed : undefined;
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof SyntaxError || code === 'ENOENT') return undefined;
    throw new EmbeddedPostgresError(
      `The user ${process.getuid?.() ?? ''} may not read ${path}: run Quadra as the user who first started it there.`,
      { cause: error },
    );
  }
};

/** Replaces the access file in one step. As root it goes to the owner of its folder, who may be the one to start next time. */
export const writeAccess = (dataDir: string, access: Access): void =>
  onPath(accessFile(dataDir), () => {
    const path = accessFile(dataDir);
    const fresh = `${path}.${process.pid}`;
    writeFileSync(fresh, `${JSON.stringify(access)}\n`, { mode: 0o600 });
    if (process.getuid?.() === 0) {
      const { uid, gid } = statSync(dirname(path));
      chownSync(fresh, uid, gid);
    }
    renameSync(fresh, path);
  });
