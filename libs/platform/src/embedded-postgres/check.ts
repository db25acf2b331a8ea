import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { adoptRunning } from './adopt';
import { prepareBinaries } from './binaries';
import { dataDirectoryExists, requireVersion } from './data-directory';
import { readAccess } from './layout';
import { choosePlace, prepareParent } from './place';
import { chooseServerUser } from './server-user';
import { refuseShared } from './sharing';

/**
 * Looks for what would stop `startEmbeddedPostgres` on `dataDir`, by the steps of a start itself, and neither starts it nor writes there;
 * only links between the libraries of the programs, where they are missing, are made.
 * @param isAlone a start that wants the server for itself. @returns the major version. Throws the sentence of that start.
 */
export const checkEmbeddedPostgres = async (dataDir: string, isAlone: boolean): Promise<number> => {
  const silent = (): void => undefined;
  const isNew = !existsSync(dirname(resolve(dataDir))); // a first start makes all of it
  const path = isNew ? dataDir : prepareParent(dataDir);
  const user = chooseServerUser(path);
  const binaries = await prepareBinaries(user, silent);
  if (isNew) return binaries.major;
  await choosePlace(path, user, silent);
  readAccess(path);
  const running = await adoptRunning(path, silent);
  if (running !== undefined && isAlone) refuseShared(path, running);
  if (running === undefined && dataDirectoryExists(path)) requireVersion(path, binaries);
  return binaries.major;
};
