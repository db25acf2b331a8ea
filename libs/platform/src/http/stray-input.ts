import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { strayProblem } from '../problem';

const takes = (context: ExecutionContext, kind: RouteParamtypes): boolean => {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) ?? {}) as object;
  return Object.keys(args).some((key) => key.startsWith(`${kind}:`));
};

const namesIn = (values: unknown): string[] => (typeof values === 'object' && values !== null ? Object.keys(values) : []);

/**
 * Refuses parameters of a route that takes none, and fields of a body where there is to be none, as validation refuses unknown ones
 * of a route that takes some: passed over in silence, `asOf` would get the present for the past. Runs after `after` and `wait` were
 * taken out.
 */
export class StrayInputInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { query, body } = context.switchToHttp().getRequest<Request>();
    const stray = [
      ...(takes(context, RouteParamtypes.QUERY) ? [] : namesIn(query)),
      ...(takes(context, RouteParamtypes.BODY) ? [] : namesIn(body)),
    ];
    if (stray.length === 0) return next.handle();
    throw strayProblem(stray);
  }
}
