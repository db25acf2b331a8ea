import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemCode } from './errors';

/** A folder cannot be made; the message is one sentence that names it. */
export class FolderUnusable extends Error {
  override readonly name = 'FolderUnusable';
}

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/**
 * Creates a folder and those above it, one by one: the recursive call of Node.js never returns where a file system answers ENOENT to
 * every new folder, as /proc does. Throws what the system says.
 */
export const createFolders = (path: string, mode = 0o777): void => {
  const folder = resolve(path);
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) createFolders(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST' || !isFolder(folder)) throw error; // another process was quicker
  }
};

/** Creates a folder and those above it, where they are missing. @throws FolderUnusable */
export const makeFolder = (path: string, mode?: number): void => {
  try {
    createFolders(path, mode);
  } catch (error) {
    throw new FolderUnusable(sentence(path, error), { cause: error });
  }
};

const sentence = (path: string, error: unknown): string => {
  switch (systemCode(error)) {
    case 'EEXIST':
    case 'ENOTDIR':
      return `The folder ${path} cannot be made: ${isThere(path) ? 'it' : 'a part of its path'} is there and is not a folder`;
    case 'ENOENT':
      return `The folder ${path} cannot be made: its file system takes no new folders`;
    default:
      return `The folder ${path} cannot be made: ${error instanceof Error ? error.message : String(error)}`;
  }
};

const isThere = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
};
