import { randomBytes } from 'node:crypto';
import { adoptRunning, type Running } from './adopt';
import { prepareBinaries } from './binaries';
import { databaseUrl, ensureDatabase } from './connection';
import { createDataDirectory, dataDirectoryExists, mendDataDirectory, resetPassword } from './data-directory';
import { EmbeddedPostgresError } from './errors';
import { readAccess, writeAccess, type Access } from './layout';
import { removeForeignPidFile, removeSockets, runningServer } from './pid-file';
import { choosePlace, prepareParent } from './place';
import { startPostmaster, stopPostmaster } from './postmaster';
import { identify, stillLives } from './process-table';
import { chooseServerUser } from './server-user';
import { livingStarter, refuseShared } from './sharing';
import { walCompression, type Settings } from './settings';
import { stopOnSignals } from './signals';
import { withStartLock } from './start-lock';

export interface EmbeddedPostgresOptions {
  /** PostgreSQL's own folder, for example `.quadra/postgres`; log, lock and access file lie beside it. Created if missing. */
  readonly dataDir: string;
  /** Gets one line per thing a person may want to know; silent by default. */
  readonly log?: (line: string) => void;
  /** PostgreSQL settings that differ from the durable defaults; `{ fsync: 'off' }` is for tests only. */
  readonly settings?: Settings;
  /** Whether SIGINT, SIGTERM, SIGHUP and the end of this process stop the server that it started. */
  readonly stopOnSignals?: boolean;
  /** Refuses a server that another living process started and will stop. */
  readonly alone?: boolean;
}

export interface EmbeddedPostgres {
  /** The superuser's address of Quadra's database, on the loopback address and, for who understands the parameter `host`, by its socket. */
  readonly url: string;
  /** Whether the server was running already. */
  readonly adopted: boolean;
  /** Stops the server if this process started it, or adopted it from a starter that is dead; otherwise leaves it to its starter. */
  stop(): Promise<void>;
}

/**
 * Gives a real PostgreSQL on `dataDir`: the running one, or a new one. Calls on the same directory, from any number of processes, end up
 * on the same server. Everything that cannot be mended is an `EmbeddedPostgresError` whose message is one sentence.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const log = options.log ?? (() => undefined);
  const dataDir = prepareParent(options.dataDir);
  return withStartLock(dataDir, async () => {
    chooseServerUser(dataDir); // refuses the directory of someone else before anything is read in it
    const found = await adoptRunning(dataDir, log);
    if (found !== undefined && options.alone === true) refuseShared(dataDir, found);
    const running = found ?? (await startOn(dataDir, options.settings ?? {}, log));
    const owned = found === undefined || takeOver(dataDir, found, log);
    try {
      await ensureDatabase(running.access);
    } catch (error) {
      if (owned) await stopPostmaster(running.pid, log);
      throw new EmbeddedPostgresError(
        `PostgreSQL started on ${dataDir} and does not work: ${error instanceof Error ? error.message : String(error)}.`,
        { cause: error },
      );
    }
    return handle(running, databaseUrl(running.access, dataDir), found !== undefined, owned, options.stopOnSignals ?? false, log);
  });
};

const startOn = async (dataDir: string, settings: Settings, log: (line: string) => void): Promise<Running> => {
  const user = chooseServerUser(dataDir);
  const binaries = await prepareBinaries(user, log);
  const place = await choosePlace(dataDir, user, log);
  const known = readAccess(dataDir);
  const access: Access = { password: known?.password ?? randomBytes(24).toString('hex'), port: known?.port ?? 0 };
  if (dataDirectoryExists(dataDir)) {
    mendDataDirectory(place, binaries, log);
    removeForeignPidFile(dataDir, log);
    removeSockets(dataDir);
    if (known === undefined) await resetPassword(place, binaries, access.password);
  } else {
    writeAccess(dataDir, access); // before the data: they never stand there without their password
    await createDataDirectory(place, binaries, access.password, settings.fsync !== 'off');
  }
  const wal = await walCompression(binaries, place.serverPath, dataDir, user);
  const { pid, port } = await startPostmaster({ place, binaries, settings: { ...wal, ...settings }, log }, access.port);
  const complete = { ...access, port, starter: identify(process.pid) };
  writeAccess(dataDir, complete);
  log(`PostgreSQL runs on ${dataDir} (process ${pid}, port ${port})`);
  return { pid, access: complete };
};

/** The orphan of a dead starter gets a new one, or nobody would ever stop it. */
const takeOver = (dataDir: string, found: Running, log: (line: string) => void): boolean => {
  const starter = livingStarter(found);
  if (starter !== undefined) {
    log(`PostgreSQL already runs on ${dataDir} (process ${found.pid}), started by process ${starter}`);
    return false;
  }
  log(`PostgreSQL was left running on ${dataDir} (process ${found.pid}) and is adopted`);
  writeAccess(dataDir, { ...found.access, starter: identify(process.pid) });
  return true;
};

const handle = (
  running: Running,
  url: string,
  adopted: boolean,
  owned: boolean,
  onSignals: boolean,
  log: (line: string) => void,
): EmbeddedPostgres => {
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= owned ? stopPostmaster(running.pid, log).finally(() => forget()) : Promise.resolve());
  const forget = owned && onSignals ? stopOnSignals(running.pid, stop) : () => undefined;
  return { url, adopted, stop };
};

/** Stops the server on `dataDir` if its starter is dead, without starting one. Answers whether nobody uses the directory any more. */
export const stopAbandoned = async (dataDir: string): Promise<boolean> => {
  const starter = readAccess(dataDir)?.starter;
  if (starter !== undefined && stillLives(starter)) return false;
  const server = runningServer(dataDir);
  if (server !== undefined) await stopPostmaster(server.pid, () => undefined);
  return true;
};
