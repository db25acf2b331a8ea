/** The embedded server cannot do what was asked; the message is one sentence that says what is wrong and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** The code of a system error (`EACCES`, `ENOENT`, …), or '' for anything else. */
export const systemCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Runs a step on a path and turns the system errors of real life into a sentence. Throws `EmbeddedPostgresError`. */
export const onPath = <T>(path: string, step: () => T): T => {
  try {
    return step();
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(pathSentence(path, error), { cause: error });
  }
};

const pathSentence = (path: string, error: unknown): string => {
  const reason = error instanceof Error ? error.message : String(error);
  switch (systemCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return `The user ${process.getuid?.() ?? ''} may not use ${path} (${reason}): choose another data folder, or give that user the right to enter and write it.`;
    case 'EROFS':
      return `${path} lies on a read-only file system: choose another data folder.`;
    case 'ENOSPC':
      return `No space is left for ${path}: free some, or choose another data folder.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `A part of ${path} exists and is not a folder: choose another data folder.`;
    case 'EBUSY':
    case 'EXDEV':
      return `${path} is a mount point, where PostgreSQL cannot create its data in one step: mount the volume on the folder above it.`;
    default:
      return `The data folder cannot be prepared at ${path}: ${reason}.`;
  }
};
