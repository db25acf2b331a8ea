import { basename, dirname, join, resolve } from 'node:path';
import { accessSync, constants, realpathSync } from 'node:fs';
import { EmbeddedPostgresError, onPath } from './errors';
import { createFolders } from './folder';
import { canEnter, type ServerUser } from './server-user';

/** Where one server lives, who runs it, and how the server itself names its data directory. */
export interface Place {
  readonly dataDir: string;
  readonly user: ServerUser | undefined;
  /** What PostgreSQL gets as `-D`; programs are started with `dataDir` as working directory. */
  readonly serverPath: string;
}

/**
 * A name for the working directory that needs no right on the folders above it. A program started by root inside its data directory, as
 * another user, reaches everything by this name even under a folder (the 0700 home of root) that this user could not walk through.
 */
export const WORKING_DIRECTORY = '/proc/self/cwd';

/** The absolute path of a data directory whose parents exist (created if need be) and may be written. Throws a sentence otherwise. */
export const prepareParent = (dataDir: string): string => {
  const parent = dirname(resolve(dataDir));
  return onPath(parent, () => {
    createFolders(parent);
    accessSync(parent, constants.R_OK | constants.W_OK | constants.X_OK);
    return join(realpathSync(parent), basename(resolve(dataDir)));
  });
};

/** Decides how the server reaches its data. Throws where its user cannot, and the system has no name for a working directory. */
export const choosePlace = async (dataDir: string, user: ServerUser | undefined, log: (line: string) => void): Promise<Place> => {
  const parent = dirname(dataDir);
  if (user === undefined || (await canEnter(user, parent))) return { dataDir, user, serverPath: dataDir };
  if (process.platform !== 'linux') {
    throw new EmbeddedPostgresError(
      `PostgreSQL runs as the user ${user.uid}, who cannot enter ${parent}: choose a data folder whose parents everyone can enter (chmod a+x), or start Quadra as an ordinary user.`,
    );
  }
  log(`The user ${user.uid} cannot enter ${parent}: PostgreSQL is started inside its data directory ${dataDir}`);
  return { dataDir, user, serverPath: WORKING_DIRECTORY };
};
