import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A running instance on a data folder, as its other commands find it. The key lives as long as the process. */
export interface RunningInstance {
  readonly pid: number;
  readonly url: string;
  readonly key: string;
}

const fileOf = (dataDir: string): string => join(dataDir, 'instance.json');

/** Readable by its owner alone: whoever can read the data folder may use the instance on it. */
export const announce = (dataDir: string, instance: RunningInstance): void => {
  rmSync(fileOf(dataDir), { force: true });
  writeFileSync(fileOf(dataDir), JSON.stringify(instance), { mode: 0o600 });
};

export const withdraw = (dataDir: string): void => rmSync(fileOf(dataDir), { force: true });

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The instance that serves this data folder now; one that was killed left its file, and does not answer. */
export const runningInstance = async (dataDir: string): Promise<RunningInstance | undefined> => {
  if (!existsSync(fileOf(dataDir))) return undefined;
  try {
    const instance = JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as RunningInstance;
    if (!lives(instance.pid)) return undefined;
    const answer = await fetch(`${instance.url}/api/v1/processors`, {
      headers: { Authorization: `Bearer ${instance.key}` },
      signal: AbortSignal.timeout(5_000),
    });
    return answer.ok ? instance : undefined;
  } catch {
    return undefined;
  }
};
