import type { NextFunction, Request, Response } from 'express';
import type { MetricsRegistry } from './registry';

/** How long requests take, by route pattern (never by the path itself: it names payments). */
export const httpMetrics = (metrics: MetricsRegistry) => {
  const durations = metrics.histogram('quadra_http_request_duration_seconds', 'How long HTTP requests took.');
  return (request: Request, response: Response, next: NextFunction): void => {
    const started = process.hrtime.bigint();
    response.once('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      const labels = { method: request.method, route: typeof route === 'string' ? route : 'none', status: String(response.statusCode) };
      durations.observe(labels, Number(process.hrtime.bigint() - started) / 1e9);
    });
    next();
  };
};
