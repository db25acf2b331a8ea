import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { idIsTaken, lookAt } from './process-table';

/** What PostgreSQL writes into `postmaster.pid`: one value per line, the status last. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  /** Whether the server has a socket in its data directory. */
  readonly hasSocket: boolean;
  readonly status: 'starting' | 'ready' | 'stopping' | 'standby' | '';
}

const pidFilePath = (dataDir: string): string => join(dataDir, 'postmaster.pid');

/** The pid file, `undefined` if there is none or it is not yet written out. A port of 0 is one not yet known. */
export const readPidFile = (dataDir: string): PidFile | undefined => {
  let lines: readonly string[];
  try {
    lines = readFileSync(pidFilePath(dataDir), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), hasSocket: lines[4]?.trim() === '.', status: (lines[7]?.trim() ?? '') as PidFile['status'] };
};

/** The pid file when a living server of this very directory wrote it. */
export const runningServer = (dataDir: string): PidFile | undefined => {
  const file = readPidFile(dataDir);
  return file !== undefined && isServerOf(file.pid, dataDir) ? file : undefined;
};

const isServerOf = (pid: number, dataDir: string): boolean => {
  const sight = lookAt(pid);
  if (sight === undefined || (sight.command !== 'postgres' && sight.command !== '')) return false;
  return workingDirectory(pid) === undefined || workingDirectory(pid) === realpathSync(dataDir);
};

/** A postmaster works inside its data directory. `undefined` where the system does not tell. */
const workingDirectory = (pid: number): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
};

/**
 * Removes a pid file whose id was given to another program or lies with a zombie (after the restart of a container both are common): PostgreSQL
 * would refuse to start. A plainly dead one it removes itself. Should old server processes still hold the data, their shared memory,
 * found by the directory's inode, makes PostgreSQL refuse all the same.
 */
export const removeForeignPidFile = (dataDir: string, log: (line: string) => void): void => {
  const file = readPidFile(dataDir);
  if (file === undefined || !idIsTaken(file.pid) || isServerOf(file.pid, dataDir)) return;
  log(`postmaster.pid of ${dataDir} names process ${file.pid}, which is not its server: removed`);
  rmSync(pidFilePath(dataDir), { force: true });
};

/** Removes the sockets of a server that was killed: the lock beside one names a process too, and its id may be another program's by now. */
export const removeSockets = (dataDir: string): void => {
  for (const name of readdirSync(dataDir)) if (name.startsWith('.s.PGSQL.')) rmSync(join(dataDir, name), { force: true });
};
