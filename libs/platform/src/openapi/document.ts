import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ApiResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { PROBLEMS } from '../problem';

export interface DocumentOptions {
  readonly version: string;
  /** https address of the instance; the address of the document itself when it is not known. */
  readonly publicUrl?: string;
}

const header = (description: string) => ({ description, schema: { type: 'integer', format: 'int32' } });
const RATE_LIMIT = {
  'RateLimit-Limit': header('Requests allowed in a minute.'),
  'RateLimit-Remaining': header('Requests left in this minute.'),
  'RateLimit-Reset': header('Seconds until the minute is over.'),
};
const RETRY = { 'Retry-After': header('Seconds after which asking again makes sense.') };
const POSITION = { 'Quadra-Position': { description: 'Up to where the answer reads the history.', schema: { type: 'string' } } };

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457. `code` is stable; `detail` is English, or Italian by Accept-Language.',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer', format: 'int32' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    instance: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'rule', 'message'],
        properties: { field: { type: 'string' }, rule: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

const TITLES: Readonly<Record<string, string>> = {
  400: 'The request is not valid.',
  401: 'No valid key.',
  403: 'A role is missing.',
  404: 'Not known, or not visible.',
  409: 'The state does not allow this.',
  413: 'Too large.',
  415: 'Another kind of body is expected.',
  422: 'The Idempotency-Key belongs to another request.',
  429: 'Too many requests.',
  503: 'Not now: ask again.',
  default: 'Any other failure.',
};

const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** A refusal of one operation that other operations of its kind do not give. */
export const ApiProblem = (status: number, description: string): MethodDecorator => ApiResponse({ status, description, content: PROBLEM });

const problemResponse = (status: string) => ({
  description: TITLES[status]!,
  headers: { ...(status.startsWith('4') ? RATE_LIMIT : {}), ...(status === '429' || status === '503' ? RETRY : {}) },
  content: PROBLEM,
});

/** The refusals that an operation can give, from what it takes. */
const refusalsOf = (path: string, method: string, secured: boolean): string[] => {
  const writes = method !== 'get';
  const codes = ['400', '429', '503', 'default'];
  if (secured) codes.push('401', '403');
  if (path.includes('{')) codes.push('404');
  if (writes) codes.push('409', '413', '415');
  if (writes && !path.endsWith('/files')) codes.push('422');
  return codes;
};

/** The methods that an operation can have. */
export const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;

/* The document is plain JSON that is completed here, once, so that no controller repeats what holds for every route. */
type Operation = {
  parameters?: { name: string }[];
  security?: unknown;
  summary?: string;
  responses: Record<string, { headers?: object }>;
} & Record<string, unknown>;

const complete = (path: string, method: string, operation: Operation): void => {
  const reads = operation.parameters?.some(({ name }) => name === 'after') ?? false;
  for (const response of Object.values(operation.responses)) {
    response.headers = { ...RATE_LIMIT, ...(reads ? POSITION : {}), ...response.headers };
  }
  for (const status of refusalsOf(path, method, operation.security !== undefined)) operation.responses[status] ??= problemResponse(status);
  operation['x-summary'] ??= operation.summary;
};

/** The OpenAPI document of the running code, with what the national guidelines ask of every operation. */
export const openApiDocument = (app: INestApplication, { version, publicUrl }: DocumentOptions): OpenAPIObject => {
  const config = new DocumentBuilder()
    .setTitle('Quadra')
    .setDescription('Reconciles the payments of Italian public bodies and keeps the whole life of every payment.')
    .setVersion(version)
    .setContact('Quadra', '', '')
    .setLicense('EUPL-1.2', 'https://eupl.eu/1.2/en/')
    .addServer(publicUrl || '/', 'This instance')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A key of the instance: qk_…' })
    .setExternalDoc('How the guidelines are met', 'https://docs.italia.it/italia/piano-triennale-ict/lg-modellointeroperabilita-docs/')
    .build();
  config.info.contact = { name: 'Quadra' };
  Object.assign(config.info, { 'x-summary': 'Reconciliation of public payments' });
  const document = SwaggerModule.createDocument(app, config);
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA } };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) if (item[method]) complete(path, method, item[method] as unknown as Operation);
  }
  return document;
};
