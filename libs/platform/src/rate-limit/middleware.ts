import type { NextFunction, Request, Response } from 'express';
import { ProblemError } from '../problem';
import type { RateLimiter } from './limiter';

/**
 * Stands before everything else, so that guessing keys costs the guesser. A client is an address: a key may be made up, an
 * address behind a proxy is the one that the trusted proxy names.
 */
export const rateLimit =
  (limiter: RateLimiter) =>
  (request: Request, response: Response, next: NextFunction): void => {
    if (limiter.limit === 0) return next();
    const { allowed, limit, remaining, resetSeconds } = limiter.take(request.ip ?? '');
    response.set({ 'RateLimit-Limit': String(limit), 'RateLimit-Remaining': String(remaining), 'RateLimit-Reset': String(resetSeconds) });
    if (allowed) return next();
    next(new ProblemError('TOO_MANY_REQUESTS', { seconds: resetSeconds }, { headers: { 'Retry-After': String(resetSeconds) } }));
  };
