import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lchownSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Binaries } from './binaries';
import { EmbeddedPostgresError, onPath } from './errors';
import { birthPrefix } from './layout';
import { WORKING_DIRECTORY, type Place } from './place';
import { run, type ServerUser } from './server-user';

/** The superuser of the embedded server and the database made for Quadra. */
export const ROLE = 'quadra';
export const DATABASE = 'quadra';

/** Whether a data directory is there. Throws when something else is. */
export const dataDirectoryExists = (dataDir: string): boolean =>
  onPath(dataDir, () => {
    if (!existsSync(dataDir)) return false;
    if (existsSync(join(dataDir, 'PG_VERSION'))) return true;
    if (readdirSync(dataDir).length === 0) return false;
    throw new EmbeddedPostgresError(`${dataDir} holds files that are no PostgreSQL data: choose another data folder, or move them away.`);
  });

/**
 * Creates the data directory beside its final place and renames it when whole: a start that is killed leaves nothing half made.
 * UTF-8, the C locale (byte order, independent of the system's collations), page checksums, passwords by SCRAM.
 */
export const createDataDirectory = async (place: Place, binaries: Binaries, password: string, durable: boolean): Promise<void> => {
  const birth = onPath(birthPrefix(place.dataDir), () => freshBirthFolder(place));
  const target = place.serverPath === WORKING_DIRECTORY ? WORKING_DIRECTORY : birth;
  const input = passwordInput(`${birth}.password`, password, place.user);
  const args = ['-D', target, `--username=${ROLE}`, '--pwfile=/dev/stdin', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
  args.push('--data-checksums', '--no-instructions', ...(durable ? [] : ['--no-sync']));
  const outcome = await run(binaries.initdb, args, { user: place.user, cwd: birth, input });
  closeSync(input);
  if (outcome.code !== 0) {
    rmSync(birth, { recursive: true, force: true });
    throw new EmbeddedPostgresError(
      `PostgreSQL could not create its data in ${place.dataDir}: ${lastLine(outcome.output) || outcome.error?.message}.`,
    );
  }
  onPath(place.dataDir, () => {
    if (existsSync(place.dataDir)) rmdirSync(place.dataDir); // an empty folder, else `dataDirectoryExists` had refused it
    renameSync(birth, place.dataDir);
  });
};

const freshBirthFolder = ({ dataDir, user }: Place): string => {
  const prefix = birthPrefix(dataDir);
  for (const name of readdirSync(dirname(dataDir)).filter((entry) => entry.startsWith(basename(prefix))))
    removeLeftover(join(dirname(dataDir), name));
  const folder = mkdtempSync(prefix);
  give(folder, user);
  return folder;
};

/** Of a start that was killed; should its `initdb` still write there, the next start that creates data removes the rest. */
const removeLeftover = (folder: string): void => {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // disk space, no more
  }
};

/** An open, nameless file with the password: read as standard input, it needs no folder that the server's user can enter. */
const passwordInput = (path: string, password: string, user: ServerUser | undefined): number =>
  onPath(path, () => {
    rmSync(path, { force: true });
    writeFileSync(path, `${password}\n`, { mode: 0o600 });
    give(path, user);
    const fd = openSync(path, 'r');
    rmSync(path);
    return fd;
  });

const give = (path: string, user: ServerUser | undefined): void => {
  if (user !== undefined) chownSync(path, user.uid, user.gid);
};

/** Throws when an existing data directory is of another version than the programs. */
export const requireVersion = (dataDir: string, binaries: Binaries): void =>
  onPath(dataDir, () => {
    const version = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
    if (version === String(binaries.major)) return;
    throw new EmbeddedPostgresError(
      `${dataDir} holds data of PostgreSQL ${version} and this Quadra brings PostgreSQL ${binaries.major}: write a backup with the Quadra that made it (\`quadra backup\`) and restore it here into a new data folder.`,
    );
  });

/**
 * Makes an existing data directory acceptable to PostgreSQL: its version must be that of the programs (throws otherwise), its owner the
 * server's user and its mode 0700 or 0750 (both mended).
 */
export const mendDataDirectory = (place: Place, binaries: Binaries, log: (line: string) => void): void =>
  onPath(place.dataDir, () => {
    const { dataDir, user } = place;
    requireVersion(dataDir, binaries);
    const { mode, uid } = statSync(dataDir);
    if (user !== undefined && uid !== user.uid) {
      log(`${dataDir} is given to the user ${user.uid}, who runs PostgreSQL`);
      giveTree(dataDir, user);
    }
    if (![0o700, 0o750].includes(mode & 0o777)) {
      log(`The mode of ${dataDir} is set to 0700: PostgreSQL refuses data that others can read`);
      chmodSync(dataDir, 0o700);
    }
  });

/** The top folder last, so that a call that was interrupted is repeated by the next start. */
const giveTree = (folder: string, user: ServerUser): void => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveTree(path, user);
    else lchownSync(path, user.uid, user.gid);
  }
  chownSync(folder, user.uid, user.gid);
};

/** Sets the password of a stopped server in single-user mode, for when the access file was lost: who owns the data may do so. */
export const resetPassword = async (place: Place, binaries: Binaries, password: string): Promise<void> => {
  const statement = `alter role ${ROLE} password '${password}';\n`;
  const options = { user: place.user, cwd: place.dataDir, input: statement };
  const { code, output } = await run(binaries.postgres, ['--single', '-D', place.serverPath, 'postgres'], options);
  if (code === 0 && !/ERROR|FATAL|PANIC/.test(output)) return;
  throw new EmbeddedPostgresError(
    `The access file of ${place.dataDir} is missing and a new password could not be set: ${lastLine(output)}.`,
  );
};

const lastLine = (output: string): string => output.trim().split('\n').at(-1) ?? '';
