import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { ProblemError } from '../problem';

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
    const stray = Object.keys(query).slice(0, 50);
    if (stray.length > 0 && !takesQuery(context)) {
      const errors = stray.map((name) => ({
        field: name.slice(0, 100),
        rule: 'whitelistValidation',
        message: `property ${name.slice(0, 100)} should not exist`,
      }));
      throw new ProblemError('VALIDATION_FAILED', { fields: errors.map((e) => e.field).join(', ') }, { errors });
    }
    return next.handle();
  }
}
