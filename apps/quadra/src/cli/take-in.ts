import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FileItem } from '@quadra/read-models';
import type { Client } from './client';
import { Refused } from './client';
import type { Io } from './io';
import { CliError } from './io';
import type { Progress } from './progress';

/** The file, or the files of the folder. @throws CliError naming what is not there or cannot be read. */
const filesAt = (path: string): string[] => {
  try {
    const found = statSync(path);
    if (!found.isFile() && !found.isDirectory()) throw new CliError(`${path} is neither a file nor a folder`);
    accessSync(path, constants.R_OK);
    if (found.isFile()) return [path];
    const inside = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
    return inside.map((entry) => join(path, entry.name)).sort();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(code === 'ENOENT' || code === 'ENOTDIR' ? `There is no file ${path}` : `${path} cannot be read (${code})`);
  }
};

export interface FoundFiles {
  readonly files: readonly string[];
  /** A sentence for each path that leads to none. */
  readonly missing: readonly string[];
}

/** Files, and the files of folders, in the order in which they were named. */
export const findFiles = (paths: readonly string[]): FoundFiles => {
  const files: string[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    try {
      files.push(...filesAt(path));
    } catch (error) {
      missing.push((error as Error).message);
    }
  }
  return { files, missing };
};

/** The same for who needs all of them. @throws CliError naming the first one that is not there. */
export const expandFiles = (paths: readonly string[]): string[] => paths.flatMap(filesAt);

export interface Taken {
  readonly org: string;
  readonly file: string;
  readonly fileId: string;
  readonly duplicate: boolean;
  readonly position: string;
}

/** A file that was not taken in. The message names it and says what is wrong with it. */
export class FileRefused extends CliError {}

/** What is wrong with a file itself; any other refusal meets all files. */
const OF_FILE: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Sends one file. @throws FileRefused, or CliError naming the file, with what was wrong. */
const takeIn = async (client: Client, org: string, file: string): Promise<Taken> => {
  try {
    const answer = await client.upload<Omit<Taken, 'org' | 'file'>>(['organizations', org, 'files'], file);
    return { ...answer, org, file };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new (OF_FILE.has(error.status) ? FileRefused : CliError)(`${basename(file)}: ${error.message}`);
  }
};

/** Waits until everything that followed from a file can be read; long imports are asked for again and again. */
export const untilReconciled = async (client: Client, taken: Taken): Promise<FileItem> => {
  for (;;) {
    try {
      return await client.get<FileItem>(['organizations', taken.org, 'files', taken.fileId], { after: taken.position });
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'NOT_YET') throw error;
    }
  }
};

/** Files on their way at once: small ones wait for the disk most of the time, and can wait together. */
const SENDERS = 8;

export interface TakenIn {
  readonly done: (FileItem & Taken)[];
  readonly refused: FileRefused[];
}

/** Sends files, several at once, then waits for all that were taken; answers in the order in which they were named. */
export const takeAllIn = async (client: Client, files: readonly { org: string; file: string }[], progress: Progress): Promise<TakenIn> => {
  const answers: (Taken | FileRefused)[] = [];
  const waiting = files.entries();
  let sent = 0;
  const sender = async (): Promise<void> => {
    for (const [i, { org, file }] of waiting) {
      progress.update(sent, `sending ${basename(file)}`);
      answers[i] = await takeIn(client, org, file).catch((error: unknown) => {
        if (error instanceof FileRefused) return error;
        throw error;
      });
      sent += 1;
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  const refused = answers.filter((answer): answer is FileRefused => answer instanceof FileRefused);
  const taken = answers.filter((answer): answer is Taken => !(answer instanceof FileRefused));
  const done: (FileItem & Taken)[] = [];
  for (const one of taken) {
    progress.update(taken.length + done.length, `reconciling ${basename(one.file)}`);
    const { fileId, ...item } = await untilReconciled(client, one);
    done.push({ ...one, ...item, fileId });
  }
  progress.update(files.length * 2, '');
  return { done, refused };
};

export const showIo = (io: Io, lines: readonly string[]): void => lines.forEach((line) => io.say(line));
