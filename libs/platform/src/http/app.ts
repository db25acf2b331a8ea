import type { DynamicModule } from '@nestjs/common';
import { Module, RequestMethod } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { SwaggerModule } from '@nestjs/swagger';
import type { ApiKeys } from '../auth';
import { AuthGuard } from '../auth';
import type { OperationPort } from '../health';
import { OPERATION, OperationController } from '../health';
import type { IdempotencyStore } from '../idempotency';
import { IdempotencyInterceptor } from '../idempotency';
import type { Logger } from '../logging';
import { nestLogger, requestLog } from '../logging';
import { httpMetrics } from '../metrics';
import { allowedMethods, openApiDocument, wholeDocument } from '../openapi';
import { ProblemFilter, validationPipe } from '../problem';
import { RateLimiter } from '../rate-limit/limiter';
import { rateLimit } from '../rate-limit/middleware';
import type { Consistency } from './consistency';
import { ConsistencyInterceptor } from './consistency';
import { addressGate, bodyGate, mediaGate, requireUtf8 } from './gate';
import { refuseUnreadable } from './unreadable';
import { StrayInputInterceptor } from './stray-input';

export interface HttpAppOptions {
  /** The modules of the services that this process serves. */
  readonly modules: readonly DynamicModule[];
  readonly logger: Logger;
  readonly keys: Pick<ApiKeys, 'authenticate'>;
  readonly consistency: Consistency;
  readonly idempotency: IdempotencyStore;
  readonly operation: OperationPort;
  /** Requests per client and minute; 0 sets no limit. */
  readonly rateLimit: number;
  /** Proxies in front whose word about the client's address is believed. */
  readonly trustProxy: number;
  readonly publicUrl?: string;
  /** Other services behind the same address: their part of the interface is described here too. */
  readonly describes?: readonly string[];
}

const MAX_JSON_BYTES = 262_144;
/** An upload of the largest file over a slow line. */
const UPLOAD_MS = 3_600_000;
/** Longer than what proxies and clients keep an idle connection: the side that sends next closes it, so no request is lost. */
const IDLE_MS = 75_000;

@Module({})
class HttpRoot {}

const rootModule = ({ modules, operation }: HttpAppOptions): DynamicModule => ({
  module: HttpRoot,
  imports: [...modules],
  controllers: [OperationController],
  providers: [{ provide: OPERATION, useValue: operation }],
});

const useMiddleware = (app: NestExpressApplication, options: HttpAppOptions): void => {
  app.disable('x-powered-by');
  app.disable('etag'); // answers differ by position, and hashing megabytes of lists helps nobody
  if (options.trustProxy > 0) app.set('trust proxy', options.trustProxy);
  app.use(requestLog(options.logger), httpMetrics(options.operation.metrics), securityHeaders);
  app.use(rateLimit(new RateLimiter(options.rateLimit)), addressGate, mediaGate);
  // Not strict: what is no object is JSON all the same, and the gate behind says what is expected.
  const type = ['application/json', 'application/*+json'];
  app.useBodyParser('json', { limit: MAX_JSON_BYTES, type, strict: false, verify: requireUtf8 });
  app.use(bodyGate);
};

const securityHeaders = (_: unknown, response: { set(headers: Record<string, string>): unknown }, next: () => void): void => {
  response.set({ 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer' });
  next();
};

/** Description of the interface, offline: the page and its scripts come from this process. */
const describe = (app: NestExpressApplication, { operation, publicUrl, describes = [] }: HttpAppOptions): OpenAPIObject => {
  const document = openApiDocument(app, { version: operation.version, ...(publicUrl && { publicUrl }) });
  SwaggerModule.setup('api/docs', app, document, {
    jsonDocumentUrl: 'api/openapi.json',
    customSiteTitle: 'Quadra API',
    patchDocumentOnRequest: wholeDocument(document, describes),
  });
  return document;
};

/** Composes the HTTP interface; the caller listens and closes. */
export const createHttpApp = async (options: HttpAppOptions): Promise<NestExpressApplication> => {
  const app = await NestFactory.create<NestExpressApplication>(rootModule(options), {
    bodyParser: false,
    logger: nestLogger(options.logger),
    abortOnError: false,
    forceCloseConnections: true,
  });
  useMiddleware(app, options);
  app.setGlobalPrefix('api/v1', {
    exclude: ['api/v1/status', 'health/live', 'health/ready', 'metrics'].map((path) => ({ path, method: RequestMethod.GET })),
  });
  const { paths } = describe(app, options);
  app.useGlobalFilters(new ProblemFilter(options.logger, allowedMethods(paths)));
  app.useGlobalGuards(new AuthGuard(options.keys));
  app.useGlobalInterceptors(
    new ConsistencyInterceptor(options.consistency),
    new StrayInputInterceptor(),
    new IdempotencyInterceptor(options.idempotency),
  );
  app.useGlobalPipes(validationPipe());
  const server = app.getHttpServer();
  server.on('clientError', refuseUnreadable);
  server.requestTimeout = UPLOAD_MS;
  server.keepAliveTimeout = IDLE_MS;
  server.headersTimeout = IDLE_MS + 5_000;
  return app;
};
