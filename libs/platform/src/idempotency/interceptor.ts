import { createHash } from 'node:crypto';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { SetMetadata, applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { from, lastValueFrom } from 'rxjs';
import type { AuthenticatedRequest } from '../auth';
import { bearerOf } from '../auth';
import { ProblemError, invalidField } from '../problem';
import type { KeptForm } from './kept-form';
import { PLAIN, sealedFor } from './kept-form';
import type { IdempotencyStore } from './store';

const REPEATABLE = 'quadra:repeatable';

interface RepeatableOptions {
  /** The answer holds a secret: what is kept of it opens with the key of who asked, and with nothing that is stored. */
  readonly secret?: boolean;
}

/** A write that takes `Idempotency-Key`. */
export const Repeatable = (options: RepeatableOptions = {}): MethodDecorator =>
  applyDecorators(
    SetMetadata(REPEATABLE, options),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Makes repeating the request safe for 24 hours.',
      schema: { type: 'string', minLength: 1, maxLength: 200 },
    }),
  );

const KEY = /^[\x21-\x7e]{1,200}$/;

/** One request under its key, and how its answer is kept. */
interface Once {
  readonly scope: string;
  readonly bodyHash: string;
  readonly form: KeptForm;
}

/** Keys that see an organization share its answers; where the path names none, what one key was answered is its own. */
const scopeOf = ({ method, path, params, principal }: AuthenticatedRequest, key: string, { secret }: RepeatableOptions): string =>
  params['org'] === undefined || secret ? `${method} ${path} ${principal?.keyId ?? ''} ${key}` : `${method} ${path} ${key}`;

const hashOf = (body: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(body ?? null))
    .digest('hex');

const onceOf = (request: AuthenticatedRequest, key: string, options: RepeatableOptions): Once => ({
  scope: scopeOf(request, key, options),
  bodyHash: hashOf(request.body),
  form: options.secret ? sealedFor(bearerOf(request.headers.authorization) ?? '') : PLAIN,
});

/** Does a write once per `Idempotency-Key`, and gives its answer again to whoever repeats it. */
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  constructor(private readonly store: IdempotencyStore) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const key = request.headers['idempotency-key'];
    const options = this.reflector.get<RepeatableOptions | undefined>(REPEATABLE, context.getHandler());
    if (key === undefined || options === undefined) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key))
      throw invalidField('Idempotency-Key', 'visibleAscii', '1 to 200 visible ASCII characters');
    return from(this.once(onceOf(request, key, options), context.switchToHttp().getResponse<Response>(), next));
  }

  private async once(once: Once, response: Response, next: CallHandler): Promise<unknown> {
    const claim = await this.store.claim(once.scope, once.bodyHash);
    switch (claim.kind) {
      case 'other-body':
        throw new ProblemError('IDEMPOTENCY_KEY_REUSED');
      case 'in-progress':
        throw new ProblemError('REQUEST_IN_PROGRESS', {}, { headers: { 'Retry-After': '1' } });
      case 'again':
        response.status(claim.answer.status).set('Idempotency-Replayed', 'true');
        return once.form.shown(claim.answer.body, once.scope);
      case 'first':
        return this.first(once, response, next);
    }
  }

  /** A refusal is not kept: the same request may be right a moment later. */
  private async first({ scope, form }: Once, response: Response, next: CallHandler): Promise<unknown> {
    try {
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      await this.store.keep(scope, { status: response.statusCode, body: form.kept(body, scope) });
      return body;
    } catch (error) {
      await this.store.forget(scope).catch(() => undefined);
      throw error;
    }
  }
}
