import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { SetMetadata, applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiQuery } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { from, lastValueFrom } from 'rxjs';
import { ProblemError, invalidField } from '../problem';

/** How far what is read has come, and what is behind. Positions are opaque texts. */
export interface Consistency {
  /** True when everything that follows from a position stands in what is read; false when the time passed first. */
  waitFor(org: string | undefined, position: string, timeoutMs: number): Promise<boolean>;
  /** Up to where the read models have come: those of an organization, or all. */
  position(org: string | undefined): Promise<string>;
  /** Whether answers about an organization are behind on purpose: it is parked, or a rebuild is under way. */
  isStale(org: string): Promise<boolean>;
}

const READS = 'quadra:reads';
const MAX_WAIT_SECONDS = 10;
const MAX_POSITION = 2n ** 63n - 1n;

/** A read of read models: takes `after` and `wait`, carries `Quadra-Position`, says `stale`. */
export const Reads = (): MethodDecorator =>
  applyDecorators(
    SetMetadata(READS, true),
    ApiQuery({
      name: 'after',
      required: false,
      description: 'The position that a write answered: waits until what follows from it can be read.',
      schema: { type: 'string' },
    }),
    ApiQuery({
      name: 'wait',
      required: false,
      description: 'Seconds to wait for `after`, at most 10.',
      schema: { type: 'integer', format: 'int32', minimum: 0, maximum: MAX_WAIT_SECONDS, default: MAX_WAIT_SECONDS },
    }),
  );

const positionOf = (value: unknown): string | undefined => {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,19}$/.test(value) || BigInt(value) > MAX_POSITION) throw new ProblemError('INVALID_POSITION');
  return value;
};

const waitOf = (value: unknown): number => {
  if (value === undefined) return MAX_WAIT_SECONDS;
  if (typeof value !== 'string' || !/^\d{1,2}$/.test(value) || Number(value) > MAX_WAIT_SECONDS) {
    throw invalidField('wait', 'max', `whole seconds from 0 to ${MAX_WAIT_SECONDS}`);
  }
  return Number(value);
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Lets a client read its own writes. It runs before the query is validated and takes its two parameters out of it. */
export class ConsistencyInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  constructor(private readonly consistency: Consistency) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!this.reflector.get<boolean | undefined>(READS, context.getHandler())) return next.handle();
    const http = context.switchToHttp();
    return from(this.read(http.getRequest<Request>(), http.getResponse<Response>(), next));
  }

  private async read(request: Request, response: Response, next: CallHandler): Promise<unknown> {
    const { after, wait, ...rest } = request.query;
    Object.defineProperty(request, 'query', { value: rest, configurable: true, enumerable: true, writable: true });
    const position = positionOf(after);
    const seconds = waitOf(wait);
    const org = typeof request.params['org'] === 'string' ? request.params['org'] : undefined;
    if (position !== undefined && !(await this.consistency.waitFor(org, position, seconds * 1000))) {
      throw new ProblemError('NOT_YET', { after: position }, { headers: { 'Retry-After': '1' } });
    }
    response.set('Quadra-Position', await this.consistency.position(org));
    const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
    const stale = org !== undefined && (await this.consistency.isStale(org));
    return stale && isRecord(body) ? { ...body, stale: true } : body;
  }
}
