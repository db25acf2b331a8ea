import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FileItem } from '@quadra/read-models';
import type { Client } from './client';
import { Refused } from './client';
import type { Io } from './io';
import { CliError } from './io';
import type { Progress } from './progress';

/** Files, and the files of folders, in the order in which they were named. @throws CliError naming the first one that is not there. */
export const expandFiles = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) throw new CliError(`There is no file ${path}`);
    if (found.isFile()) return [path];
    if (!found.isDirectory()) throw new CliError(`${path} is neither a file nor a folder`);
    const inside = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
    return inside.map((entry) => join(path, entry.name)).sort();
  });

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

const SHOWN_REJECTS = 5;

/** The first rejected records of a file, a sentence each. */
export const rejectLines = async (client: Client, { org, fileId, file, records }: FileItem & Taken): Promise<string[]> => {
  const csv = await client.getText(['organizations', org, 'files', fileId, 'rejects']);
  const [header = '', ...rows] = csv.split('\r\n').filter(Boolean);
  const zipped = header.startsWith('entry;');
  const lines = rows.slice(0, SHOWN_REJECTS).map((row) => {
    const cells = row.split(';');
    const entry = zipped ? ` (${cells.shift()})` : '';
    const [line, field, code, ...message] = cells;
    return `${basename(file)}${entry}, line ${line}, field ${field}: ${message.join(';')} (${code})`;
  });
  return records.rejected > SHOWN_REJECTS
    ? [...lines, `${basename(file)}: ${records.rejected - SHOWN_REJECTS} more rejected records`]
    : lines;
};

export const showIo = (io: Io, lines: readonly string[]): void => lines.forEach((line) => io.say(line));
