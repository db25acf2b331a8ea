import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';

export type { Logger } from 'pino';

/** One JSON line per event on stderr. Bodies, query strings, header values and names of debtors never come here. */
export const createLogger = (level: string, destination: DestinationStream = pino.destination(2)): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['authorization', '*.authorization', 'token', '*.token', 'secret', '*.secret', 'password', '*.password'],
        remove: true,
      },
      serializers: { err: errorForLog },
    },
    destination,
  );

/** What tells a developer where it failed; PostgreSQL's `detail` holds values of rows, so it stays out. */
const errorForLog = (error: unknown): object => {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = (error as { code?: unknown }).code;
  return { type: error.constructor.name, message: error.message, stack: error.stack, ...(typeof code === 'string' && { code }) };
};

/** One line per request: route pattern and not the path (it names payments), key id and not the token. */
export const requestLog =
  (logger: Logger) =>
  (request: Request, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    const started = Date.now();
    response.set('X-Request-Id', id);
    response.once('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      const key = (request as { principal?: { keyId: string } }).principal?.keyId;
      const org = request.params?.['org'];
      logger.info(
        {
          id,
          method: request.method,
          route: typeof route === 'string' ? route : null,
          org,
          key,
          status: response.statusCode,
          ms: Date.now() - started,
        },
        'request',
      );
    });
    next();
  };

/** Nest's own messages in our log: its start-up chatter is for debugging. */
export const nestLogger = (logger: Logger): LoggerService => ({
  log: (message: unknown) => logger.debug(String(message)),
  debug: (message: unknown) => logger.debug(String(message)),
  verbose: (message: unknown) => logger.trace(String(message)),
  warn: (message: unknown) => logger.warn(String(message)),
  error: (message: unknown) => logger.error(String(message)),
  fatal: (message: unknown) => logger.fatal(String(message)),
});
