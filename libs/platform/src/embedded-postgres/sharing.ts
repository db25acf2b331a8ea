import type { Running } from './adopt';
import { EmbeddedPostgresError } from './errors';
import { stillLives } from './process-table';

/** The living process that started a server and will stop it, `undefined` for an orphan. */
export const livingStarter = ({ access: { starter } }: Running): number | undefined =>
  starter !== undefined && stillLives(starter) ? starter.pid : undefined;

/** Refuses a server that another process will stop, for who wants it alone. Throws when there is such a process. */
export const refuseShared = (dataDir: string, running: Running): void => {
  const starter = livingStarter(running);
  if (starter === undefined) return;
  throw new EmbeddedPostgresError(`${dataDir} is in use by process ${starter}: try again when that has ended.`);
};
