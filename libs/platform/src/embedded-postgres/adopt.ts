import { setTimeout as sleep } from 'node:timers/promises';
import { servesDirectory } from './connection';
import { EmbeddedPostgresError, systemCode } from './errors';
import { accessFile, readAccess, type Access } from './layout';
import { runningServer, type PidFile } from './pid-file';

/** A server that answers. */
export interface Running {
  readonly pid: number;
  readonly access: Access;
}

/** How long a server that says it is ready may refuse connections; one that recovers from a crash has as long as it needs. */
const PATIENCE_MS = 60_000;

/**
 * The server that already runs on this data directory, found through `postmaster.pid`, once it accepts connections; `undefined` if there
 * is none (or it was just ending). Throws when one runs and cannot be used.
 */
export const adoptRunning = async (dataDir: string, log: (line: string) => void): Promise<Running | undefined> => {
  const deadline = Date.now() + PATIENCE_MS;
  let told = '';
  for (let file = runningServer(dataDir); file !== undefined; file = runningServer(dataDir)) {
    if (file.status === 'ready') {
      const running = await tryConnect(dataDir, file);
      if (running !== undefined) return running;
      if (Date.now() > deadline) throw unusable(dataDir, file, 'does not accept connections');
    } else if (told !== file.status) {
      told = file.status;
      log(`PostgreSQL (process ${file.pid}) is ${told || 'starting'} on ${dataDir}: waiting for it`);
    }
    await sleep(25);
  }
  return undefined;
};

const tryConnect = async (dataDir: string, file: PidFile): Promise<Running | undefined> => {
  const stored = readAccess(dataDir);
  if (stored === undefined) throw unusable(dataDir, file, `has no access file ${accessFile(dataDir)}`);
  const access = { ...stored, port: file.port };
  try {
    if (await servesDirectory(access, dataDir)) return { pid: file.pid, access };
  } catch (error) {
    if (['28P01', '28000'].includes(systemCode(error))) throw unusable(dataDir, file, `refuses the password in ${accessFile(dataDir)}`);
    return undefined; // starting, stopping or gone: the pid file will tell
  }
  throw unusable(dataDir, file, `answers on port ${file.port} for another data directory`);
};

const unusable = (dataDir: string, file: PidFile, why: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    `The PostgreSQL (process ${file.pid}) that runs on ${dataDir} ${why}: stop it (kill -INT ${file.pid}) and start Quadra again.`,
  );
