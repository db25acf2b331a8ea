import { createHash } from 'node:crypto';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { SetMetadata, applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { from, lastValueFrom } from 'rxjs';
import { ProblemError, invalidField } from '../problem';
import type { IdempotencyStore } from './store';

const REPEATABLE = 'quadra:repeatable';

/** A write that takes `Idempotency-Key`. */
export const Repeatable = (): MethodDecorator =>
  applyDecorators(
    SetMetadata(REPEATABLE, true),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Makes repeating the request safe for 24 hours.',
      schema: { type: 'string', minLength: 1, maxLength: 200 },
    }),
  );

const KEY = /^[\x21-\x7e]{1,200}$/;

/** Does a write once per `Idempotency-Key`, and gives its answer again to whoever repeats it. */
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  constructor(private readonly store: IdempotencyStore) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const key = request.headers['idempotency-key'];
    if (key === undefined || !this.reflector.get<boolean | undefined>(REPEATABLE, context.getHandler())) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key))
      throw invalidField('Idempotency-Key', 'visibleAscii', '1 to 200 visible ASCII characters');
    return from(this.once(request, context.switchToHttp().getResponse<Response>(), key, next));
  }

  private async once(request: Request, response: Response, key: string, next: CallHandler): Promise<unknown> {
    const scope = `${request.method} ${request.path} ${key}`; // the path names the organization, where there is one
    const bodyHash = createHash('sha256')
      .update(JSON.stringify(request.body ?? null))
      .digest('hex');
    const claim = await this.store.claim(scope, bodyHash);
    switch (claim.kind) {
      case 'other-body':
        throw new ProblemError('IDEMPOTENCY_KEY_REUSED');
      case 'in-progress':
        throw new ProblemError('REQUEST_IN_PROGRESS', {}, { headers: { 'Retry-After': '1' } });
      case 'again':
        response.status(claim.answer.status).set('Idempotency-Replayed', 'true');
        return claim.answer.body;
      case 'first':
        return this.first(scope, response, next);
    }
  }

  /** A refusal is not kept: the same request may be right a moment later. */
  private async first(scope: string, response: Response, next: CallHandler): Promise<unknown> {
    try {
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      await this.store.keep(scope, { status: response.statusCode, body });
      return body;
    } catch (error) {
      await this.store.forget(scope).catch(() => undefined);
      throw error;
    }
  }
}
