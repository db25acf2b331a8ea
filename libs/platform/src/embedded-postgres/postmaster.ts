import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries';
import { EmbeddedPostgresError, onPath } from './errors';
import { logFile } from './layout';
import { readPidFile } from './pid-file';
import type { Place } from './place';
import { identify, stillLives } from './process-table';
import { cleanEnvironment } from './server-user';
import { settingArguments, type Settings } from './settings';

const LOG_LIMIT_BYTES = 10_000_000;
/** How long children of a killed server may hold its shared memory; they notice within moments. */
const LEFTOVERS_MS = 20_000;
/** How long a fast shutdown may write its checkpoint before an immediate one, which the next start recovers from. */
const SHUTDOWN_MS = 60_000;

interface Launch {
  readonly place: Place;
  readonly binaries: Binaries;
  readonly settings: Settings;
  readonly log: (line: string) => void;
}

/**
 * Starts PostgreSQL on `port`, or on a free one if that is taken, and answers when it accepts connections (after the recovery from a
 * crash, however long it takes). Throws with PostgreSQL's own reason.
 */
export const startPostmaster = async (launch: Launch, port: number): Promise<{ pid: number; port: number }> => {
  const deadline = Date.now() + LEFTOVERS_MS;
  let wanted = await freePort(port);
  let hasSocket = true;
  for (;;) {
    const attempt = await attemptStart(launch, wanted, hasSocket);
    if ('pid' in attempt) return { pid: attempt.pid, port: wanted };
    if (Date.now() > deadline) throw didNotStart(launch.place.dataDir, attempt.reason);
    if (/could not create any TCP\/IP sockets|could not bind/.test(attempt.reason)) wanted = await freePort(0);
    else if (hasSocket && /Unix-domain socket/.test(attempt.reason))
      hasSocket = false; // some file systems have none
    else if (!/still in use|lock file .* already exists/.test(attempt.reason)) throw didNotStart(launch.place.dataDir, attempt.reason);
    await sleep(50);
  }
};

const didNotStart = (dataDir: string, reason: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError(`PostgreSQL did not start on ${dataDir}: ${reason} (its log is ${logFile(dataDir)}).`);

/** In a session of its own (a Ctrl-C is for Quadra, which stops it in order) and with a file as output (a pipe would end with Quadra). */
const attemptStart = async (launch: Launch, port: number, hasSocket: boolean): Promise<{ pid: number } | { reason: string }> => {
  const { place, binaries, settings, log } = launch;
  const { fd, offset } = openLog(place.dataDir);
  const args = ['-D', place.serverPath, ...settingArguments({ ...settings, port: String(port) }, hasSocket)];
  const options = { ...place.user, cwd: place.dataDir, env: cleanEnvironment(), detached: true };
  const child = spawn(binaries.postgres, args, { ...options, stdio: ['ignore', fd, fd] });
  closeSync(fd);
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
    ended ??= reasonIn(place.dataDir, offset) ?? `it ended with ${signal ?? `exit code ${code}`}`;
  };
  child.on('exit', onExit);
  child.unref();
  for (let waits = 1; ended === undefined; waits++) {
    const file = readPidFile(place.dataDir);
    if (file?.pid === child.pid && file?.status === 'ready') {
      child.off('exit', onExit); // from here on its end is no failed start, and its folder may be gone by then
      return { pid: file.pid };
    }
    if (waits % 500 === 0) log(`PostgreSQL is still starting on ${place.dataDir}, recovering what was written last`);
    await sleep(10);
  }
  return { reason: ended };
};

const openLog = (dataDir: string): { fd: number; offset: number } =>
  onPath(logFile(dataDir), () => {
    const path = logFile(dataDir);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LOG_LIMIT_BYTES) renameSync(path, `${path}.1`);
    return { fd: openSync(path, 'a', 0o600), offset: size > LOG_LIMIT_BYTES ? 0 : size };
  });

/** The errors that PostgreSQL wrote since the start began, as one line; undefined when there are none, or no log any more. */
const reasonIn = (dataDir: string, offset: number): string | undefined => {
  if (!existsSync(logFile(dataDir))) return undefined;
  const written = readFileSync(logFile(dataDir)).subarray(offset).toString();
  const lines = [...written.matchAll(/(?:FATAL|PANIC|WARNING): {2}(.*)/g)].map((match) => match[1] ?? '');
  return lines.length > 0 ? lines.join('; ') : undefined;
};

/** `wanted` if nothing listens there on the loopback address, else a port the system picks. */
const freePort = (wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (wanted === 0 ? reject(error) : resolve(freePort(0))));
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      probe.close(() => resolve(port));
    });
  });

/** Ends the server by a fast shutdown (connections are cut, everything is written) and waits until the process is gone. */
export const stopPostmaster = async (pid: number, log: (line: string) => void): Promise<void> => {
  const server = identify(pid);
  for (const [signal, patience] of [
    ['SIGINT', SHUTDOWN_MS],
    ['SIGQUIT', SHUTDOWN_MS],
  ] as const) {
    if (!stillLives(server)) return;
    signalServer(pid, signal);
    const deadline = Date.now() + patience;
    while (stillLives(server)) {
      if (Date.now() > deadline) break;
      await sleep(10);
    }
    if (stillLives(server)) log(`PostgreSQL (process ${pid}) has not ended within ${patience / 1000} s after ${signal}`);
  }
  if (stillLives(server))
    throw new EmbeddedPostgresError(`PostgreSQL (process ${pid}) does not end: kill it, the next start recovers its data.`);
};

/** A signal to a server that may just have ended by itself. */
export const signalServer = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // gone: what was wanted
  }
};
