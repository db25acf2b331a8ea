import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError, onPath, systemCode } from './errors';
import { lockFile } from './layout';
import { identify, stillLives, type ProcessIdentity } from './process-table';

const PATIENCE_MS = 120_000;

/**
 * Runs `work` while no other start works on the same data directory, in this process or another; a lock whose holder died is taken over.
 * Two who take over at the same instant may both pass: PostgreSQL's own locks still protect the data. Throws when the holder never ends.
 */
export const withStartLock = async <T>(dataDir: string, work: () => Promise<T>): Promise<T> => {
  const path = lockFile(dataDir);
  const deadline = Date.now() + PATIENCE_MS;
  while (!take(path)) {
    const holder = readHolder(path);
    if (holder === undefined ? isOld(path) : !stillLives(holder)) rmSync(path, { force: true });
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        `Process ${holder?.pid ?? '?'} has been starting on ${dataDir} for two minutes: end it, or remove ${path} if it is no Quadra.`,
      );
    }
    await sleep(25);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
};

const take = (path: string): boolean =>
  onPath(path, () => {
    try {
      writeFileSync(path, JSON.stringify(identify(process.pid)), { flag: 'wx', mode: 0o644 });
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
  });

/** A lock without a holder is one being written, unless it stays so: then its writer died. */
const isOld = (path: string): boolean => {
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modified !== undefined && Date.now() - modified > 5_000;
};

/** `undefined` while the file is being written or was just removed: then the next turn knows more. */
const readHolder = (path: string): ProcessIdentity | undefined => {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity>;
    return pid === undefined ? undefined : { pid, startedAt: startedAt ?? '' };
  } catch {
    return undefined;
  }
};
