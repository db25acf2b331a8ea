import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';
import { SetMetadata, applyDecorators, createParamDecorator } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Request } from 'express';
import { parseOrg } from '@quadra/kernel';
import { ProblemError } from '../problem';
import type { Principal } from './api-key';
import { bearerOf, seesOrganization } from './api-key';
import type { ApiKeys } from './api-keys';
import type { Operation } from './roles';
import { ACCESS, mayDo } from './roles';

const OPERATION = 'quadra:operation';
const PUBLIC = 'quadra:public';

export type AuthenticatedRequest = Request & { principal?: Principal; isStillAllowed?: () => Promise<boolean> };

/** The row of the access table that a route stands in. */
export const Allows = (operation: Operation): MethodDecorator => applyDecorators(SetMetadata(OPERATION, operation), ApiBearerAuth());

/** A route without a key: probes and the description of the interface. */
export const Public = (): MethodDecorator => SetMetadata(PUBLIC, true);

/** Who asks; only on routes that are not public. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!principal) throw new ProblemError('UNAUTHENTICATED');
  return principal;
});

/** Asks again whether the key may do what it was let through for: an answer that goes on for long ends with its key. */
export const StillAllowed = createParamDecorator((_: unknown, context: ExecutionContext): (() => Promise<boolean>) => {
  const { isStillAllowed } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  return isStillAllowed ?? (() => Promise.resolve(false));
});

const unauthenticated = (): ProblemError =>
  new ProblemError('UNAUTHENTICATED', {}, { headers: { 'WWW-Authenticate': 'Bearer realm="quadra"' } });

/**
 * Who are you (401), may you see this organization (404, so that nobody learns which bodies exist), may you do this (403): in
 * this order. A route that names no operation and is not public is a bug, and closed.
 */
export class AuthGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly keys: Pick<ApiKeys, 'authenticate'>) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places: [ReturnType<ExecutionContext['getHandler']>, Type] = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, places)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = bearerOf(request.headers.authorization);
    const principal = await this.principalOf(token);
    if (!principal) throw unauthenticated();
    request.principal = principal;
    const org = request.params['org'];
    if (typeof org === 'string') requireVisible(principal, org);
    const operation = this.reflector.getAllAndOverride<Operation | undefined>(OPERATION, places);
    if (operation === undefined) throw new ProblemError('NOT_FOUND');
    if (!mayDo(operation, principal.roles)) throw new ProblemError('FORBIDDEN', { roles: ACCESS[operation].join(', ') });
    request.isStillAllowed = async () => mayDo(operation, (await this.principalOf(token))?.roles ?? []);
    return true;
  }

  private async principalOf(token: string | undefined): Promise<Principal | undefined> {
    return token === undefined ? undefined : this.keys.authenticate(token);
  }
}

/** @throws ORGANIZATION_UNKNOWN for what is no fiscal code, or one that the key does not see. */
export const requireVisible = (principal: Principal, org: string): void => {
  if (parseOrg(org) === undefined || !seesOrganization(principal, org))
    throw new ProblemError('ORGANIZATION_UNKNOWN', { org: org.slice(0, 32) });
};
