import type { ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** How long requests under way may take at the end. */
const LAST_REQUESTS_MS = 10_000;
const IDLE_LOOK_MS = 100;

const isStream = (response: ServerResponse): boolean => String(response.getHeader('Content-Type')).startsWith('text/event-stream');

/**
 * Prepares the orderly end of a server. @returns ends it: no new requests, streams of events end (their readers come back
 * elsewhere), requests under way are answered, and the rest is cut after ten seconds.
 */
export const closesGently = (app: NestExpressApplication): (() => Promise<void>) => {
  const server = app.getHttpServer();
  const open = new Set<ServerResponse>();
  server.on('request', (_: unknown, response: ServerResponse) => {
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  return async () => {
    const answered = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const response of open) if (isStream(response)) response.end();
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LAST_REQUESTS_MS)));
    await Promise.race([answered, late]);
    clearInterval(idle);
    clearTimeout(timer);
    await app.close();
  };
};
