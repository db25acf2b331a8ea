import type { Settings } from '@quadra/platform';
import { EmbeddedPostgresError, FolderUnusable, SecretMissing, SecretWrong, SettingsError } from '@quadra/platform';
import { CliError, EXIT } from './io';

type Where = Pick<Settings, 'dataDir' | 'databaseUrl'>;

const UNREACHABLE = /^(ECONN|ENOTFOUND|EPIPE|57P|08)/;
/** What the client says of a connection that was cut: such errors carry no code. */
const CUT = /Connection terminated|is not queryable/;

/** What is said of a database that could not be reached, or was there and is no more; undefined of any other error. */
const lostReason = (error: unknown): string | undefined => {
  const { code, syscall, message, cause } = error as NodeJS.ErrnoException;
  const noSocket = code === 'ENOENT' && syscall === 'connect';
  if (noSocket || UNREACHABLE.test(code ?? '') || CUT.test(message)) return message;
  return cause instanceof Error ? lostReason(cause) : undefined;
};

/** An error of the embedded database as a sentence that says so; any other error as it is. */
export const whenLost = (error: unknown, { dataDir, databaseUrl }: Where): unknown => {
  const reason = databaseUrl || error instanceof CliError ? undefined : lostReason(error);
  if (reason === undefined) return error;
  return new CliError(
    `The embedded database of ${dataDir} went away (${reason}): another command on this data folder ended it, or it was killed; try again`,
  );
};

/** Errors whose message is a sentence already. */
const OWN_WORDS = [EmbeddedPostgresError, FolderUnusable, SecretMissing, SecretWrong];

/** One sentence out of what can go wrong while an instance opens. */
export const openingFailed = (error: unknown, where: Where): CliError => {
  const told = whenLost(error, where);
  if (told instanceof CliError) return told;
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof SettingsError) return new CliError(message, EXIT.usage);
  if (OWN_WORDS.some((kind) => error instanceof kind)) return new CliError(message);
  if (code === 'EADDRINUSE') return new CliError('The port is taken by another program: choose another one with --port');
  if (code === 'EACCES') return new CliError(`Not allowed: ${message}`);
  if (where.databaseUrl && (lostReason(error) !== undefined || /^(28|3D)/.test(code ?? '')))
    return new CliError(`The database of DATABASE_URL cannot be used: ${message}`);
  return new CliError(message);
};
