import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCode } from './errors';

/** What can be seen of a living process. `startedAt` tells a process from a later one with the same id; both are '' when hidden. */
export interface ProcessSight {
  readonly command: string;
  readonly startedAt: string;
}

/** A process told apart from every later one that gets the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** Whether the id is taken, by a zombie too. */
export const idIsTaken = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
};

/** The living process with that id, `undefined` if there is none. A zombie is dead: in a container nobody may ever reap it. */
export const lookAt = (pid: number): ProcessSight | undefined => {
  if (!idIsTaken(pid)) return undefined;
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return idIsTaken(pid) ? { command: '', startedAt: '' } : undefined;
  }
};

/** The calling process, or another one, as it can be recognized later. */
export const identify = (pid: number): ProcessIdentity => ({ pid, startedAt: lookAt(pid)?.startedAt ?? '' });

/** Whether exactly this process still lives. */
export const stillLives = (id: ProcessIdentity): boolean => {
  const sight = lookAt(id.pid);
  return sight !== undefined && (sight.startedAt === id.startedAt || sight.startedAt === '' || id.startedAt === '');
};

/** `pid (command) state ppid … starttime`: the command may hold blanks and parentheses, so the last `)` ends it. */
const fromProc = (pid: number): ProcessSight | undefined => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const end = stat.lastIndexOf(')');
  const rest = stat.slice(end + 2).split(' ');
  if (rest[0] === 'Z' || rest[0] === 'X') return undefined;
  return { command: stat.slice(stat.indexOf('(') + 1, end), startedAt: `${bootId()}/${rest[19] ?? ''}` };
};

/** The start time counts from the boot, so it means nothing after the next one. */
const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
};

const fromPs = (pid: number): ProcessSight | undefined => {
  const env = { ...process.env, LC_ALL: 'C' };
  const line = execFileSync('ps', ['-o', 'state=,lstart=,comm=', '-p', String(pid)], { encoding: 'utf8', env }).trim();
  const [state = '', ...words] = line.split(/\s+/);
  if (state.startsWith('Z')) return undefined;
  return { command: basename(words.slice(5).join(' ')), startedAt: words.slice(0, 5).join(' ') };
};
