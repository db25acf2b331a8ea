import { randomUUID } from 'node:crypto';
import { HttpException } from '@nestjs/common';
import { ProblemError } from './problem';

/** SQLSTATE classes and system errors that say "the database is away", not "Quadra is wrong". */
const AWAY = /^(08|53|57P|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND)/;
/** Errors by name, so that this lib need not know the event store. */
const AWAY_NAMES = new Set(['StoreUnavailable', 'WriterFenced', 'BlobUnavailable', 'RemoteUnavailable']);

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

const isAway = (error: unknown): boolean =>
  AWAY.test(codeOf(error)) ||
  AWAY_NAMES.has((error as Error | null)?.constructor?.name ?? '') ||
  /timeout exceeded when trying to connect|Connection terminated/i.test((error as Error | null)?.message ?? '');

/** What the body parser and the router of Express refuse carries a status and often a `type`. */
const fromParser = (error: { status: number; type?: unknown; limit?: unknown }): ProblemError | undefined => {
  if (error.type === 'entity.parse.failed') return new ProblemError('MALFORMED_JSON');
  if (error.type === 'entity.too.large') return new ProblemError('TOO_LARGE', { maxBytes: Number(error.limit) });
  if (error.status === 415) return new ProblemError('UNSUPPORTED_MEDIA_TYPE', { expected: 'application/json, UTF-8' });
  return error.status >= 400 && error.status < 500
    ? new ProblemError('MALFORMED_REQUEST', { reason: 'its address or body is damaged' })
    : undefined;
};

const fromHttp = (error: HttpException): ProblemError => {
  const status = error.getStatus();
  if (status === 404) return new ProblemError('NOT_FOUND');
  if (status === 415) return new ProblemError('UNSUPPORTED_MEDIA_TYPE', { expected: 'application/json' });
  if (status >= 400 && status < 500) {
    const parse = /JSON|Unexpected token|Unexpected end/i.test(error.message);
    return parse ? new ProblemError('MALFORMED_JSON') : new ProblemError('MALFORMED_REQUEST', { reason: 'its address or body is damaged' });
  }
  return status === 503 ? new ProblemError('UNAVAILABLE', {}, { cause: error }) : internal(error);
};

const internal = (cause: unknown): ProblemError => new ProblemError('INTERNAL', { incident: randomUUID() }, { cause });

/**
 * What any thrown value means to a client. Only an error that nothing here knows is a fault of Quadra (500, with an incident
 * id under which the log tells more).
 */
export const recognize = (error: unknown): ProblemError => {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpException) return fromHttp(error);
  if (error instanceof URIError) return new ProblemError('MALFORMED_REQUEST', { reason: 'its address is not percent-encoded UTF-8' });
  if (isAway(error)) return new ProblemError('UNAVAILABLE', {}, { cause: error });
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === 'number') return fromParser(error as { status: number }) ?? internal(error);
  return internal(error);
};
