import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { validationProblem } from '../problem';

const takesQuery = (context: ExecutionContext): boolean => {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) ?? {}) as object;
  return Object.keys(args).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
};

/**
 * Refuses parameters of a route that takes none, as validation refuses unknown ones of a route that takes some: passed over in
 * silence, `asOf` would get the present for the past. Runs after `after` and `wait` were taken out.
 */
export class StrayQueryInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { query } = context.switchToHttp().getRequest<Request>();
    const stray = Object.keys(query).map((name) => name.slice(0, 100));
    if (stray.length === 0 || takesQuery(context)) return next.handle();
    throw validationProblem(
      stray.map((property) => ({ property, constraints: { whitelistValidation: `property ${property} should not exist` } })),
    );
  }
}
