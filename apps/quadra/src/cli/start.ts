import { resolve } from 'node:path';
import { FIRST_KEY_ROLES } from '@quadra/platform';
import { announce, withdraw } from './instance-file';
import type { Io } from './io';
import { EXIT } from './io';
import type { InstanceOptions, OwnInstance } from './session';
import { openOwn, refuseUrl, settingsOf } from './session';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Resolves at the first signal to stop; a second one ends the process at once. */
export const untilStopped = (): Promise<void> =>
  new Promise((stop) => {
    let asked = 0;
    const onSignal = (): void => {
      if (asked++ > 0) process.exit(130);
      stop();
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });

/** Serves until a signal comes, findable by the other commands on the same data folder. */
export const serve = async (io: Io, own: OwnInstance, dataDir: string): Promise<void> => {
  const stopped = untilStopped();
  announce(dataDir, { pid: process.pid, url: own.server.url, key: own.key });
  try {
    await stopped;
    io.say('Stopping: what is under way is finished or goes on at the next start');
  } finally {
    withdraw(dataDir);
  }
};

/** Runs the standalone profile until it is told to stop. */
export const start = async (io: Io, options: InstanceOptions): Promise<number> => {
  refuseUrl(options);
  const settings = settingsOf(io, options);
  const own = await openOwn(io, settings);
  try {
    const first = await own.server.keys.createFirst({ name: 'administrator', roles: FIRST_KEY_ROLES, organizations: '*' });
    if (options.json) io.out(JSON.stringify({ url: own.server.url, ...(first && { key: first.token }) }));
    else {
      io.out(`Quadra runs at ${own.server.url} (API: ${own.server.url}/api/docs), data in ${resolve(settings.dataDir)}`);
      if (first) io.out(`The administrator's key, shown this once:\n  ${first.token}`);
      io.say('Stop it with Ctrl+C');
    }
    await serve(io, own, settings.dataDir);
  } finally {
    await own.close();
  }
  return EXIT.done;
};
