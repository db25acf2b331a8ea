import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Role } from '@quadra/platform';
import { LEGACY_LABELS } from '@quadra/matching';
import { ACCESS, PROBLEMS, ROLES, openApiDocument } from '@quadra/platform';
import { generateFiles } from '../../../tools/generator';
import type { TestDatabase } from '../../../test/support/postgres';
import { withDatabase } from '../../../test/support/postgres';
import type { HttpServer } from './main';
import { startHttp } from './main';
import type { Standalone } from './standalone';
import { openStandalone } from './standalone';

/* Imports run in compiled reader threads: `npm test` compiles first. */

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: any;
}

type Call = RequestInit & { readonly key?: string | null; readonly on?: string };

const MAX_FILE = 3_000_000;
const UNKNOWN_ORG = '11111111115';

let database: TestDatabase;
let dataDir: string;
let standalone: Standalone;
let server: HttpServer;
let admin: string;
let files: { org: string; name: string; bytes: Buffer }[];
let org: string;
let lastPosition: string;

const keyOf = (roles: readonly Role[], organizations: '*' | string[] = '*'): string =>
  server.keys.createPassing({ name: 'test', roles, organizations });

const call = async (path: string, { key = admin, on = server.url, ...init }: Call = {}): Promise<Answer> => {
  const headers = new Headers(init.headers);
  if (key !== null && !headers.has('Authorization')) headers.set('Authorization', `Bearer ${key}`);
  const response = await fetch(on + path, { ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
};

const send = (method: string, path: string, body: unknown, init: Call = {}): Promise<Answer> =>
  call(path, { ...init, method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...(init.headers as object) } });

/** Where a value is not what a schema of the document says: a field without a schema, a required one that is missing, another type. */
const deviations = (document: any, given: any, value: any, path = ''): string[] => {
  const ref = (given.$ref ?? given.allOf?.[0]?.$ref) as string | undefined;
  const schema = ref ? document.components.schemas[ref.split('/').at(-1)!] : given;
  if (value === null) return given.nullable ? [] : [`${path} is null`];
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((v: unknown, i: number) => deviations(document, schema.items, v, `${path}/${i}`));
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${path} is ${value}`];
  if (schema.type !== 'object')
    return typeof value === (schema.type === 'integer' ? 'number' : schema.type) ? [] : [`${path} is a ${typeof value}`];
  const missing = ((schema.required ?? []) as string[]).filter((name) => !(name in value)).map((name) => `${path}/${name} is missing`);
  if (schema.additionalProperties || !schema.properties) return missing;
  return Object.entries(value).reduce((found, [name, inner]) => {
    const property = schema.properties[name];
    return [...found, ...(property ? deviations(document, property, inner, `${path}/${name}`) : [`${path}/${name} has no schema`])];
  }, missing);
};

const upload = (
  name: string,
  bytes: Uint8Array,
  { format, key = admin, to = org }: { format?: string; key?: string; to?: string } = {},
) => {
  const form = new FormData();
  if (format !== undefined) form.set('format', format);
  form.set('file', new Blob([new Uint8Array(bytes)]), name);
  return call(`/api/v1/organizations/${to}/files`, { method: 'POST', body: form, key });
};

/** A request as bytes, for what `fetch` would not send. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname, () => socket.end(text));
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

/** Any text as it can stand in an address: half surrogate pairs cannot. */
const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'));

const expectProblem = (answer: Answer, status: number, code: keyof typeof PROBLEMS): void => {
  expect({ status: answer.status, code: answer.json?.code }).toEqual({ status, code });
  expect(answer.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({
    type: expect.stringMatching(/^urn:quadra:problem:/),
    title: PROBLEMS[code].title,
    status,
    detail: expect.any(String),
  });
  expect(answer.json.instance).toMatch(/^\//);
};

beforeAll(async () => {
  database = await withDatabase();
  dataDir = mkdtempSync(join(tmpdir(), 'quadra-http-'));
  standalone = await openStandalone({ dataDir, databaseUrl: database.url });
  server = await startHttp(standalone, { host: '127.0.0.1', port: 0, rateLimit: 0, maxFileBytes: MAX_FILE });
  admin = keyOf(['system-admin', 'org-admin', 'finance-manager', 'treasury-operator']);
  files = [...generateFiles({ payments: 20, orgs: 1, seed: 'http', month: '2026-03' })].filter((file) => file.org !== '');
  org = files[0]!.org;
  await send('POST', '/api/v1/organizations', { fiscalCode: org, name: 'Comune di Prova' });
}, 120_000);

afterAll(async () => {
  await server?.close();
  await standalone?.close();
  await database?.drop();
  if (dataDir) rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

describe('probes and description', () => {
  it('say that the instance runs, without a key', async () => {
    expect((await call('/api/v1/status', { key: null })).json).toEqual({
      status: 'up',
      version: expect.any(String),
      profile: 'standalone',
    });
    expect((await call('/health/live', { key: null })).status).toBe(200);
    expect((await call('/health/ready', { key: null })).json).toEqual({
      status: 'up',
      checks: { serving: 'up', database: 'up', processors: 'up' },
    });
  });

  it('give figures to Prometheus that name no organization', async () => {
    const { text, headers } = await call('/metrics', { key: null });
    expect(headers.get('Content-Type')).toMatch(/^text\/plain/);
    expect(text).toContain('quadra_processor_lag_seconds{processor="matcher"}');
    expect(text).toContain('quadra_http_request_duration_seconds_count{');
    expect(text).not.toContain(org);
  });

  it('serve the page of the interface from this process alone', async () => {
    const page = await call('/api/docs', { key: null });
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(?:src|href)="https?:/);
  });

  it('describe every route of the contract, every integer with its format, every operation with its refusals', async () => {
    const { json: document } = await call('/api/openapi.json', { key: null });
    const operations = Object.entries<any>(document.paths).flatMap(([path, item]) =>
      Object.entries<any>(item).map(([method, operation]) => ({
        route: `${method.toUpperCase()} ${path.replace('/api/v1', '')}`,
        operation,
      })),
    );
    const one = '/organizations/{org}';
    expect(operations.map((o) => o.route).sort()).toEqual(
      [
        'GET /status',
        'POST /organizations',
        'GET /organizations',
        `GET ${one}`,
        `PATCH ${one}`,
        ...['files', 'files/{fileId}', 'files/{fileId}/rejects', 'files/{fileId}/original'].map((p) => `GET ${one}/${p}`),
        `POST ${one}/files`,
        `POST ${one}/files/{fileId}/void`,
        ...['payments', 'payments/{iuv}', 'payments/{iuv}/history', 'coverage', 'credits', 'credits/{creditId}'].map(
          (p) => `GET ${one}/${p}`,
        ),
        ...['', '/{iuf}', '/{iuf}/versions', '/{iuf}/lines'].map((p) => `GET ${one}/settlement-flows${p}`),
        `GET ${one}/reports/{name}`,
        'GET /events',
        ...['GET', 'POST'].map((method) => `${method} /webhooks`),
        ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /webhooks/{id}`),
        ...['POST /webhooks/{id}/replays', 'POST /webhooks/{id}/rotate-secret', 'GET /webhooks/{id}/deliveries'],
        'GET /processors',
        'POST /processors/{name}/rebuild',
        'GET /parked',
        'POST /parked/{processor}/{org}/retry',
        'POST /parked/{processor}/{org}/skip',
        'GET /audit/public-events',
        ...['GET', 'POST'].map((method) => `${method} /audit/topic`),
        'GET /integrity',
        'POST /integrity/verifications',
        'GET /health/live',
        'GET /health/ready',
        'GET /metrics',
      ].sort(),
    );
    for (const { route, operation } of operations) {
      expect([route, operation.summary?.length > 0, operation['x-summary']?.length > 0]).toEqual([route, true, true]);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '429', '503', 'default']));
      expect(Object.keys(operation.responses['429'].headers)).toEqual(expect.arrayContaining(['RateLimit-Limit', 'Retry-After']));
    }
    const withoutFormat: string[] = [];
    JSON.stringify(document, (key, value) => {
      if ((value?.type === 'integer' || value?.type === 'number') && !value.format) withoutFormat.push(key);
      return value as unknown;
    });
    expect(withoutFormat).toEqual([]);
    for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(openApiDocument(server.app, { version: '1.2.3' }).info).toMatchObject({ version: '1.2.3', contact: { name: 'Quadra' } });
  });
});

describe('who may do what', () => {
  it.each([
    ['no key', null],
    ['a made-up key', `qk_0123456789ab_${'0'.repeat(64)}`],
    ['something else', 'secret'],
  ])('%s is answered 401 with the scheme that is expected', async (_, key) => {
    const answer = await call('/api/v1/organizations', { key });
    expectProblem(answer, 401, 'UNAUTHENTICATED');
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
  });

  it('a stored key works until it is revoked, and only its digest is stored', async () => {
    const { id, token } = await server.keys.create({ name: 'integrator', roles: ['integrator'], organizations: [org] });
    expect((await call(`/api/v1/organizations/${org}/payments`, { key: token })).status).toBe(200);
    const { rows } = await standalone.pool.query('select * from platform.api_key where id = $1', [id]);
    expect(JSON.stringify(rows)).not.toContain(token.split('_')[2]);
    expect(await server.keys.revoke(id)).toBe(true);
    expect((await call(`/api/v1/organizations/${org}/payments`, { key: token })).status).toBe(401);
  });

  it('an organization that the key does not see is 404, whether it exists or not', async () => {
    const key = keyOf(['reader'], [UNKNOWN_ORG]);
    expectProblem(await call(`/api/v1/organizations/${org}/payments`, { key }), 404, 'ORGANIZATION_UNKNOWN');
    expectProblem(await call(`/api/v1/organizations/${UNKNOWN_ORG}/payments`, { key }), 404, 'ORGANIZATION_UNKNOWN');
    expect((await call('/api/v1/organizations', { key })).json.items).toEqual([]);
  });

  it.each(ROLES)('the role %s is let through exactly where the table says, and is 403 elsewhere', async (role) => {
    const key = keyOf([role]);
    const one = `/api/v1/organizations/${org}`;
    const tries: [keyof typeof ACCESS, Promise<Answer>][] = [
      ['organizations.read', call('/api/v1/organizations', { key })],
      ['organizations.register', send('POST', '/api/v1/organizations', {}, { key })],
      ['organizations.configure', send('PATCH', one, {}, { key })],
      ['files.take-in', call(`${one}/files`, { key, method: 'POST' })],
      ['files.read', call(`${one}/files`, { key })],
      ['files.void', send('POST', `${one}/files/x/void`, {}, { key })],
      ['files.rejects', call(`${one}/files/x/rejects`, { key })],
      ['files.original', call(`${one}/files/x/original`, { key })],
      ['payments.read', call(`${one}/payments`, { key })],
      ['flows.read', call(`${one}/settlement-flows`, { key })],
      ['credits.read', call(`${one}/credits`, { key })],
      ['coverage.read', call(`${one}/coverage`, { key })],
      ['reports.read', call(`${one}/reports/reconciliation`, { key })],
      ['events.read', call('/api/v1/events', { key })],
      ['webhooks.read', call('/api/v1/webhooks', { key })],
      ['webhooks.manage', call('/api/v1/webhooks', { key, method: 'POST' })],
      ['processors.read', call('/api/v1/processors', { key })],
      ['processors.rebuild', call('/api/v1/processors/nothing/rebuild', { key, method: 'POST' })],
      ['parked.read', call('/api/v1/parked', { key })],
      ['parked.retry', call(`/api/v1/parked/nothing/${org}/retry`, { key, method: 'POST' })],
      ['parked.skip', send('POST', `/api/v1/parked/nothing/${org}/skip`, {}, { key })],
      ['integrity.read', call('/api/v1/integrity', { key })],
      ['integrity.verify', send('POST', '/api/v1/integrity/verifications', {}, { key })],
    ];
    expect(tries.map(([operation]) => operation).sort()).toEqual(Object.keys(ACCESS).sort());
    for (const [operation, answer] of tries) {
      const allowed = (ACCESS[operation] as readonly Role[]).includes(role);
      const { status } = await answer;
      expect([operation, status === 403]).toEqual([operation, !allowed]);
      expect(status).toBeLessThan(500);
    }
  });
});

describe('parts of a cluster', () => {
  it('are 404 in an instance that has none: there is no topic of events to compare', async () => {
    expectProblem(await call('/api/v1/audit/topic'), 404, 'NOT_FOUND');
    expectProblem(await send('POST', '/api/v1/audit/topic', {}), 404, 'NOT_FOUND');
    expectProblem(await call('/api/v1/audit/topic', { key: keyOf(['reader']) }), 403, 'FORBIDDEN');
    expectProblem(await send('POST', '/api/v1/audit/topic', {}, { key: keyOf(['reader']) }), 403, 'FORBIDDEN');
  });
});

describe('registering and setting up an organization', () => {
  it('answers with a position after which it can be read', async () => {
    const made = await send('POST', '/api/v1/organizations', { fiscalCode: '00000000018', name: 'Comune Nuovo' });
    expect([made.status, made.json]).toEqual([201, { fiscalCode: '00000000018', position: expect.stringMatching(/^\d+$/) }]);
    const read = await call(`/api/v1/organizations/00000000018?after=${made.json.position}`);
    expect(read.json).toMatchObject({ fiscalCode: '00000000018', name: 'Comune Nuovo', usesNotifications: false });
    expect(BigInt(read.headers.get('Quadra-Position')!)).toBeGreaterThanOrEqual(BigInt(made.json.position));
  });

  it('says nothing new for the same data, and 409 for others', async () => {
    const again = await send('POST', '/api/v1/organizations', { fiscalCode: org, name: 'Comune di Prova' });
    expect(again.status).toBe(200);
    expectProblem(await send('POST', '/api/v1/organizations', { fiscalCode: org, name: 'Altro' }), 409, 'ORGANIZATION_EXISTS');
  });

  it('names every field that is wrong, with its rule', async () => {
    const answer = await send('POST', '/api/v1/organizations', { fiscalCode: '12', name: ' ', colour: 'red' });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.json.errors.map((e: any) => e.field).sort()).toEqual(['colour', 'fiscalCode', 'name']);
    expect(answer.json.errors[0]).toEqual({ field: expect.any(String), rule: expect.any(String), message: expect.any(String) });
  });

  it.each([{ calendar: null }, { usesNotifications: null }, { receivesSecondaryReceipts: null }, { name: null }, { accounts: null }])(
    'takes no null for a setting: %j',
    async (changes) => expectProblem(await send('PATCH', `/api/v1/organizations/${org}`, changes), 400, 'VALIDATION_FAILED'),
  );

  it('takes no account that ends before it begins', async () => {
    const account = { kind: 'treasury', validFrom: '2026-12-30', validTo: '2026-01-01' };
    expectProblem(await send('PATCH', `/api/v1/organizations/${org}`, { accounts: [account] }), 400, 'VALIDATION_FAILED');
  });

  it('keeps settings that are not named', async () => {
    const accounts = [{ iban: 'IT60X0542811101000000123456', kind: 'treasury', validFrom: '2026-01-01' }];
    await send('PATCH', `/api/v1/organizations/${org}`, { accounts });
    const { json } = await send('PATCH', `/api/v1/organizations/${org}`, { receivesSecondaryReceipts: true, calendar: 'target-it' });
    expect((await call(`/api/v1/organizations/${org}?after=${json.position}`)).json.accounts).toEqual(accounts);
    const wrong = await send('PATCH', `/api/v1/organizations/${org}`, {
      accounts: [{ iban: 'IT00', kind: 'other', validFrom: '2026-02-30' }],
    });
    expect(wrong.json.errors.map((e: any) => e.field).sort()).toEqual(['accounts.0.iban', 'accounts.0.kind', 'accounts.0.validFrom']);
    expectProblem(await send('PATCH', `/api/v1/organizations/${UNKNOWN_ORG}`, { calendar: 'target' }), 404, 'ORGANIZATION_UNKNOWN');
  });

  it('does a write once per Idempotency-Key, and refuses the key for another body', async () => {
    const headers = { 'Idempotency-Key': 'a-key' };
    const body = { fiscalCode: '00000000026', name: 'Una volta' };
    const [one, two] = [
      await send('POST', '/api/v1/organizations', body, { headers }),
      await send('POST', '/api/v1/organizations', body, { headers }),
    ];
    expect([one.status, two.status, two.json]).toEqual([201, 201, one.json]);
    expect(two.headers.get('Idempotency-Replayed')).toBe('true');
    expectProblem(await send('POST', '/api/v1/organizations', { ...body, name: 'Altro' }, { headers }), 422, 'IDEMPOTENCY_KEY_REUSED');
    expect((await send('PATCH', '/api/v1/organizations/00000000026', { name: 'Altro' }, { headers })).status).toBe(200);
    expectProblem(
      await send('POST', '/api/v1/organizations', body, { headers: { 'Idempotency-Key': ' ' } }).then(async () => call('/api/v1/nowhere')),
      404,
      'NOT_FOUND',
    );
  });

  it('does not keep a refusal under a key: the same request may be right later', async () => {
    const headers = { 'Idempotency-Key': 'too-early' };
    expect((await send('PATCH', '/api/v1/organizations/00000000034', { name: 'X' }, { headers })).status).toBe(404);
    await send('POST', '/api/v1/organizations', { fiscalCode: '00000000034', name: 'Tardi' });
    expect((await send('PATCH', '/api/v1/organizations/00000000034', { name: 'X' }, { headers })).status).toBe(200);
  });
});

describe('taking files in', () => {
  let receipts: { name: string; bytes: Buffer };
  let taken: Answer;

  beforeAll(async () => {
    receipts = files.find((file) => file.name.startsWith('receipt'))!;
    taken = await upload(receipts.name, receipts.bytes);
    for (const file of files) if (file !== receipts) lastPosition = (await upload(file.name, file.bytes)).json.position;
  }, 120_000);

  it('answers 202 with the file id, and 200 for the same bytes under any name', async () => {
    expect([taken.status, taken.json]).toEqual([
      202,
      { fileId: expect.any(String), status: 'accepted', duplicate: false, position: expect.any(String) },
    ]);
    const again = await upload('another-name', receipts.bytes);
    expect([again.status, again.json]).toMatchObject([200, { fileId: taken.json.fileId, duplicate: true }]);
  });

  it('tells what became of the records once it is reconciled, and the sum holds', async () => {
    const { json } = await call(`/api/v1/organizations/${org}/files/${taken.json.fileId}?after=${taken.json.position}`);
    expect(json).toMatchObject({ fileId: taken.json.fileId, status: 'imported', reconciled: true });
    const { read, recorded, unchanged, conflicting, ignored, rejected } = json.records;
    expect(read).toBeGreaterThan(0);
    expect(recorded + unchanged + conflicting + ignored + rejected).toBe(read);
  });

  it('gives the bytes back as they came, and the rejects as CSV', async () => {
    const original = await fetch(`${server.url}/api/v1/organizations/${org}/files/${taken.json.fileId}/original`, {
      headers: { Authorization: `Bearer ${admin}` },
    });
    expect(Buffer.from(await original.arrayBuffer()).equals(receipts.bytes)).toBe(true);
    const rejects = await call(`/api/v1/organizations/${org}/files/${taken.json.fileId}/rejects`);
    expect(rejects.headers.get('Content-Type')).toMatch(/^text\/csv/);
    expect(rejects.text).toMatch(/^(entry;)?line;field;code;message\r\n/);
    for (const path of ['', '/rejects', '/original']) {
      expectProblem(await call(`/api/v1/organizations/${org}/files/nothing${path}`), 404, 'FILE_UNKNOWN');
    }
  });

  it('keeps who asks for the rejects of a file waiting until all of it was read', async () => {
    const rows = Array.from({ length: 3_000 }, (_, n) => `D${n};IUV${n};2026-03-02;not an amount`);
    const header = 'IUD;codIuv;dataEsecuzionePagamento;importoDovutoPagato';
    const bad = await upload('bad.csv', Buffer.from([header, ...rows].join('\n')));
    const path = `/api/v1/organizations/${org}/files/${bad.json.fileId}/rejects`;
    const rejects = await call(`${path}?after=${bad.json.position}`);
    expect([rejects.status, rejects.text.trim().split('\r\n').length]).toEqual([200, 3_001]);
    expectProblem(await call(`${path}?after=999999999&wait=0`), 503, 'NOT_YET');
  }, 60_000);

  it('refuses a form without a file, an unknown format, a format after the file, and an empty file', async () => {
    const without = new FormData();
    without.set('other', 'x');
    expectProblem(await call(`/api/v1/organizations/${org}/files`, { method: 'POST', body: without }), 400, 'FILE_MISSING');
    expectProblem(await upload('x', Buffer.from('x'), { format: 'excel' }), 400, 'FORMAT_UNKNOWN');
    expectProblem(await upload('x', Buffer.alloc(0)), 400, 'FILE_EMPTY');
    const late = new FormData();
    late.set('file', new Blob(['bytes of late']), 'late.csv');
    late.set('format', 'receipt-csv');
    expectProblem(await call(`/api/v1/organizations/${org}/files`, { method: 'POST', body: late }), 400, 'FORMAT_AFTER_FILE');
    const two = new FormData();
    two.append('file', new Blob(['bytes of one']), 'one');
    two.append('file', new Blob(['bytes of two']), 'two');
    expectProblem(await call(`/api/v1/organizations/${org}/files`, { method: 'POST', body: two }), 400, 'FILE_MISSING');
  });

  it('refuses a body that is no form, a form that breaks off, and an organization that is not registered', async () => {
    expectProblem(await send('POST', `/api/v1/organizations/${org}/files`, {}), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
    const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf of it';
    expectProblem(await call(`/api/v1/organizations/${org}/files`, { method: 'POST', headers, body }), 400, 'MALFORMED_REQUEST');
    const noBoundary = await call(`/api/v1/organizations/${org}/files`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; x=y' },
      body,
    });
    expectProblem(noBoundary, 400, 'MALFORMED_REQUEST');
    expectProblem(await upload('x', Buffer.from('x'), { to: UNKNOWN_ORG }), 404, 'ORGANIZATION_UNKNOWN');
    const { rows } = await standalone.pool.query('select count(*)::int as n from command.file where name = any($1)', [
      ['x', 'late.csv', 'one', 'two'],
    ]);
    expect(rows[0].n).toBe(0);
  });

  it('refuses what is too large, told or found', async () => {
    expectProblem(await upload('large', Buffer.alloc(MAX_FILE + 200_000, 'x')), 413, 'TOO_LARGE');
    const large = { fiscalCode: org, name: 'x'.repeat(300_000) };
    expectProblem(await send('POST', '/api/v1/organizations', large), 413, 'TOO_LARGE');
  });
});

describe('reading', () => {
  let first: any;

  beforeAll(async () => {
    expect((await call(`/api/v1/organizations/${org}/payments?limit=1&after=${lastPosition}`)).status).toBe(200);
    first = (await call(`/api/v1/organizations/${org}/payments?limit=1`)).json.items[0];
  }, 60_000);

  it('shows a payment with all that explains it, its past and its history', async () => {
    const path = `/api/v1/organizations/${org}/payments/${encodeURIComponent(first.iuv)}`;
    const { json } = await call(path);
    expect(json.transfers[0]).toMatchObject({
      state: expect.any(String),
      lane: expect.any(String),
      labels: expect.any(Array),
      amountCents: expect.any(Number),
    });
    const italian = await call(path, { headers: { 'Accept-Language': 'it' } });
    expect(italian.json.transfers[0].explanation).not.toBe(json.transfers[0].explanation);
    expectProblem(await call(`${path}?asOf=2020-01-01`), 404, 'PAYMENT_UNKNOWN');
    expect((await call(`${path}?asOf=${encodeURIComponent(new Date().toISOString())}`)).json.transfers).toHaveLength(json.transfers.length);
    const history = (await call(`${path}/history`)).json.items;
    expect(history.map((e: any) => e.revision)).toEqual(history.map((_: unknown, i: number) => i));
    expect(history[0]).toMatchObject({ type: expect.any(String), recordedAt: expect.any(String), source: { fileId: expect.any(String) } });
  });

  it.each(['payments', 'files', 'settlement-flows', 'credits'])('pages through %s: every item once, in pages of any size', async (list) => {
    const path = `/api/v1/organizations/${org}/${list}`;
    const whole = (await call(`${path}?limit=1000`)).json.items;
    expect(whole.length).toBeGreaterThan(1);
    const paged: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer = await call(`${path}?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.json.items);
      cursor = page.json.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(whole);
    expectProblem(await call(`${path}?cursor=AAAA`), 400, 'INVALID_CURSOR');
    expectProblem(await call(`${path}?cursor=${Buffer.from('["x","y"]').toString('base64url')}`), 400, 'INVALID_CURSOR');
    expectProblem(await call(`${path}?limit=1001`), 400, 'VALIDATION_FAILED');
  });

  it('shows a flow under any case of its id, with its versions and lines, and a credit under its id', async () => {
    const flow = (await call(`/api/v1/organizations/${org}/settlement-flows?limit=1`)).json.items[0];
    const path = `/api/v1/organizations/${org}/settlement-flows/${encodeURIComponent(flow.iuf.toLowerCase())}`;
    expect((await call(path)).json.iuf).toBe(flow.iuf);
    expect((await call(`${path}/versions`)).json.items[0]).toMatchObject({ version: 1, complete: true });
    const lines = (await call(`${path}/lines`)).json.items;
    expect(lines.reduce((sum: number, l: any) => sum + l.amountCents, 0)).toBe(flow.linesCents);
    const credit = (await call(`/api/v1/organizations/${org}/credits?limit=1`)).json.items[0];
    expect((await call(`/api/v1/organizations/${org}/credits/${encodeURIComponent(credit.creditId)}`)).json).toEqual(credit);
    for (const [what, code] of [
      ['settlement-flows', 'FLOW_UNKNOWN'],
      ['credits', 'CREDIT_UNKNOWN'],
      ['payments', 'PAYMENT_UNKNOWN'],
    ] as const) {
      expectProblem(await call(`/api/v1/organizations/${org}/${what}/nothing`), 404, code);
    }
  });

  it('answers what the description of the interface says, field by field', async () => {
    const { json: document } = await call('/api/openapi.json', { key: null });
    const at = `/api/v1/organizations/${org}`;
    const file = (await call(`${at}/files?limit=1`)).json.items[0];
    const flow = (await call(`${at}/settlement-flows?limit=1&state=funded`)).json.items[0];
    const credit = (await call(`${at}/credits?limit=1&state=explained`)).json.items[0];
    const wrong = (await call(`${at}/payments?limit=1&discrepancy=LINE_AMOUNT_DIFFERS`)).json.items[0];
    const one = '/api/v1/organizations/{org}';
    const reads: [route: string, path: string][] = [
      ['/api/v1/organizations', '/api/v1/organizations'],
      [one, at],
      ...['files', 'payments', 'settlement-flows', 'credits', 'coverage'].map((list): [string, string] => [
        `${one}/${list}`,
        `${at}/${list}`,
      ]),
      [`${one}/files/{fileId}`, `${at}/files/${file.fileId}`],
      ...[first.iuv, wrong.iuv].flatMap((iuv: string): [string, string][] => [
        [`${one}/payments/{iuv}`, `${at}/payments/${iuv}`],
        [`${one}/payments/{iuv}/history`, `${at}/payments/${iuv}/history`],
      ]),
      ...['', '/versions', '/lines'].map((part): [string, string] => [
        `${one}/settlement-flows/{iuf}${part}`,
        `${at}/settlement-flows/${flow.iuf}${part}`,
      ]),
      [`${one}/credits/{creditId}`, `${at}/credits/${credit.creditId}`],
      ...['/processors', '/parked', '/webhooks', '/integrity', '/audit/public-events', '/status'].map((path): [string, string] => [
        `/api/v1${path}`,
        `/api/v1${path}`,
      ]),
    ];
    for (const [route, path] of reads) {
      const answer = await call(path);
      expect([path, answer.status]).toEqual([path, 200]);
      const { schema } = document.paths[route].get.responses['200'].content['application/json'];
      expect([path, deviations(document, schema, answer.json)]).toEqual([path, []]);
    }
  }, 60_000);

  it.each<[string, Record<string, (item: any) => readonly (string | number | null | undefined)[]>]>([
    [
      'payments',
      {
        label: (t) => t.labels,
        discrepancy: (t) => t.discrepancies,
        state: (t) => [t.state],
        lane: (t) => [t.lane],
        issuer: (t) => [t.issuer],
        psp: (t) => [t.psp],
        iuf: (t) => [t.iuf],
      },
    ],
    ['settlement-flows', { discrepancy: (f) => f.discrepancies, state: (f) => [f.state], psp: (f) => [f.psp] }],
    ['credits', { label: (c) => c.labels, state: (c) => [c.state], fiscalYear: (c) => [c.fiscalYear] }],
    ['files', { status: (f) => [f.status] }],
  ])('finds %s by a filter exactly where they show it', async (list, filters) => {
    const at = `/api/v1/organizations/${org}/${list}?limit=1000`;
    const all: any[] = (await call(at)).json.items;
    for (const [name, shown] of Object.entries(filters)) {
      const values = new Set(
        [...all.flatMap(shown), ...(name === 'label' ? LEGACY_LABELS : [])].filter((v) => v !== null && v !== undefined),
      );
      for (const value of values) {
        const { items } = (await call(`${at}&${name}=${encodeURIComponent(String(value))}`)).json;
        expect([name, value, items]).toEqual([name, value, all.filter((item) => shown(item).includes(value))]);
      }
    }
  });

  it('refuses a span that ends before it begins', async () => {
    const at = `/api/v1/organizations/${org}`;
    for (const [list, span] of [
      ['payments', 'from=2026-03-02&to=2026-03-01'],
      ['payments', 'minCents=10&maxCents=9'],
      ['settlement-flows', 'from=2026-03-02&to=2026-03-01'],
      ['credits', 'from=2026-03-02&to=2026-03-01'],
      ['credits', 'minCents=10&maxCents=9'],
      ['reports/reconciliation', 'from=2026-03-02&to=2026-03-01'],
    ] as const)
      expectProblem(await call(`${at}/${list}?${span}`), 400, 'VALIDATION_FAILED');
  });

  it('reads single things as they were known at a time, and refuses parameters that a route does not take', async () => {
    const at = `/api/v1/organizations/${org}`;
    const flow = (await call(`${at}/settlement-flows?limit=1`)).json.items[0];
    const credit = (await call(`${at}/credits?limit=1`)).json.items[0];
    const [{ fileId }] = (await call(`${at}/files?limit=1`)).json.items;
    const now = encodeURIComponent(new Date().toISOString());
    for (const [path, code] of [
      [`settlement-flows/${flow.iuf}`, 'FLOW_UNKNOWN'],
      [`settlement-flows/${flow.iuf}/versions`, 'FLOW_UNKNOWN'],
      [`settlement-flows/${flow.iuf}/lines`, 'FLOW_UNKNOWN'],
      [`credits/${credit.creditId}`, 'CREDIT_UNKNOWN'],
      [`files/${fileId}`, 'FILE_UNKNOWN'],
    ] as const) {
      expectProblem(await call(`${at}/${path}?asOf=2020-01-01`), 404, code);
      expectProblem(await call(`${at}/${path}?asOf=yesterday`), 400, 'VALIDATION_FAILED');
      expect((await call(`${at}/${path}?asOf=${now}`)).json).toEqual((await call(`${at}/${path}`)).json);
    }
    expect((await call(`${at}/coverage?asOf=2020-01-01`)).json.items).toEqual([]);
    expectProblem(await call(`${at}/settlement-flows/${flow.iuf}/lines?version=99`), 404, 'FLOW_VERSION_UNKNOWN');
    for (const path of [
      at,
      `${at}/payments/${first.iuv}/history`,
      `${at}/files/${fileId}/rejects`,
      '/api/v1/processors',
      '/api/v1/webhooks',
    ]) {
      expectProblem(await call(`${path}?asOf=2020-01-01`), 400, 'VALIDATION_FAILED');
      expect((await call(path)).headers.get('Quadra-Position')).toMatch(/^\d+$/);
    }
  }, 60_000);

  it('reports figures that tie, as JSON and as CSV', async () => {
    const path = `/api/v1/organizations/${org}/reports/reconciliation?from=2026-03-01&to=2026-04-10`;
    const { json } = await call(path);
    expect(json.recorded.count).toBeGreaterThan(0);
    expect(json.checks.map((c: any) => c.holds)).toEqual([true, true, true]);
    const csv = await call(`${path}&format=csv`);
    expect(csv.headers.get('Content-Type')).toMatch(/^text\/csv; charset=utf-8/i);
    expect(csv.text).toContain(`recorded;all;${json.recorded.count};${json.recorded.cents}`);
    expectProblem(await call(`/api/v1/organizations/${org}/reports/nothing`), 404, 'REPORT_UNKNOWN');
    expectProblem(
      await call(`/api/v1/organizations/${org}/reports/reconciliation?from=2026-04-01&to=2026-03-01`),
      400,
      'VALIDATION_FAILED',
    );
  });

  it('waits for a position, and says 503 when it does not come in time', async () => {
    const late = await call('/api/v1/organizations?after=9000000000000000000&wait=0');
    expectProblem(late, 503, 'NOT_YET');
    expect(Number(late.headers.get('Retry-After'))).toBeGreaterThan(0);
    expectProblem(await call('/api/v1/organizations?after=soon'), 400, 'INVALID_POSITION');
    expectProblem(await call('/api/v1/organizations?after=1&wait=11'), 400, 'VALIDATION_FAILED');
  });

  it('rebuilds a read model in the background, to the same content', async () => {
    const started = await call('/api/v1/processors/organizations/rebuild', { method: 'POST' });
    expect([started.status, started.json]).toEqual([202, { processor: 'organizations', position: expect.any(String) }]);
    let rebuild: any;
    do {
      const { items } = (await call('/api/v1/processors')).json;
      rebuild = items.find((p: any) => p.name === 'organizations').rebuild;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (rebuild.phase !== 'done' && rebuild.phase !== 'failed');
    expect(rebuild).toMatchObject({ phase: 'done', equal: true });
    expectProblem(await call('/api/v1/processors/nothing/rebuild', { method: 'POST' }), 404, 'PROCESSOR_UNKNOWN');
    expect((await call('/api/v1/parked')).json.items).toEqual([]);
    expectProblem(await call(`/api/v1/parked/matcher/${org}/retry`, { method: 'POST' }), 404, 'NOT_PARKED');
  });
});

describe('taking back and looking back', () => {
  const lists = ['payments', 'files', 'settlement-flows', 'credits'] as const;
  const itemsOf = async (list: string, query = ''): Promise<unknown[]> =>
    (await call(`/api/v1/organizations/${org}/${list}?limit=1000${query}`)).json.items;

  it('takes a wrong file back, once, and what was known before stays to be read', async () => {
    const one = `/api/v1/organizations/${org}`;
    const receipts = files.find((file) => file.name.startsWith('receipt'))!;
    const { fileId } = (await upload(receipts.name, receipts.bytes)).json;
    const report = `${one}/reports/reconciliation?from=2026-03-01&to=2026-04-10`;
    const before = Object.fromEntries(await Promise.all(lists.map(async (list) => [list, await itemsOf(list)] as const)));
    const { json: reported } = await call(report);
    const instant = encodeURIComponent(new Date().toISOString());

    const voided = await send('POST', `${one}/files/${fileId}/void`, { reason: 'receipts of another body' });
    expect([voided.status, voided.json]).toEqual([202, { fileId, status: 'voided', duplicate: false, position: expect.any(String) }]);
    const file = await call(`${one}/files/${fileId}?after=${voided.json.position}`);
    expect(file.json).toMatchObject({ status: 'voided', reconciled: true, voidedBecause: 'receipts of another body' });
    const again = await send('POST', `${one}/files/${fileId}/void`, { reason: 'once more' });
    expect([again.status, again.json.duplicate]).toEqual([200, true]);
    expect(await itemsOf('payments')).not.toEqual(before['payments']);
    expect((await call(`${one}/files?status=voided`)).json.items).toHaveLength(1);

    for (const list of lists) expect({ list, items: await itemsOf(list, `&asOf=${instant}`) }).toEqual({ list, items: before[list] });
    const { json: then } = await call(`${report}&asOf=${instant}`);
    expect(then.hash).toBe(reported.hash);
    expect((await call(report)).json.hash).not.toBe(reported.hash);
    const csv = (await call(`${report}&asOf=${instant}&format=csv`)).text;
    for (const key of ['position', 'asOf', 'ruleSet', 'hash'] as const) expect(csv).toContain(`report;${key};;;${then[key]}`);
    expect(csv).toMatch(/report;coverage journal:\d+;;;2026-/);
    expect(await itemsOf('payments', '&asOf=2020-01-01')).toEqual([]);
    expectProblem(await call(`${one}/payments?asOf=yesterday`), 400, 'VALIDATION_FAILED');

    const back = await upload(receipts.name, receipts.bytes);
    expect([back.status, back.json.duplicate]).toEqual([202, false]);
    expect((await call(`${one}/files/${back.json.fileId}?after=${back.json.position}`)).json.status).toBe('imported');
    expect(await itemsOf('payments')).toEqual(before['payments']);
  }, 60_000);

  it('refuses to take back what is unknown, and what nobody gives a reason for', async () => {
    const one = `/api/v1/organizations/${org}/files`;
    expectProblem(await send('POST', `${one}/${'0'.repeat(64)}_1/void`, { reason: 'r' }), 404, 'FILE_UNKNOWN');
    expectProblem(await send('POST', `${one}/${encodeURIComponent('../x')}/void`, { reason: 'r' }), 404, 'FILE_UNKNOWN');
    for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(501) }, { reason: 7 }])
      expectProblem(await send('POST', `${one}/x/void`, body), 400, 'VALIDATION_FAILED');
    expectProblem(await send('POST', `${one}/x/void`, { reason: 'half \ud800' }), 400, 'INVALID_CHARACTER');
    expectProblem(await send('POST', `/api/v1/organizations/${UNKNOWN_ORG}/files/x/void`, { reason: 'r' }), 404, 'ORGANIZATION_UNKNOWN');
  });

  it('passes over nothing that is not parked', async () => {
    expectProblem(await send('POST', `/api/v1/parked/matcher/${org}/skip`, { reason: 'r' }), 404, 'NOT_PARKED');
    expectProblem(await send('POST', `/api/v1/parked/matcher/${org}/skip`, {}), 400, 'VALIDATION_FAILED');
  });
});

describe('whatever is asked', () => {
  it('answers in Italian whom Italian is asked for, with the same code', async () => {
    const italian = await call('/api/v1/nothing', { headers: { 'Accept-Language': 'it-IT,it;q=0.9,en;q=0.5' } });
    expectProblem(italian, 404, 'NOT_FOUND');
    expect(italian.json.detail).toBe('Nessuna risorsa a questo indirizzo.');
    expect(italian.headers.get('Content-Language')).toBe('it');
  });

  it.each([
    ['a broken percent-encoding', '/api/v1/organizations/%ff/payments', 400],
    ['a NUL in the path', '/api/v1/organizations/00000000018/payments/a%00b', 400],
    ['a NUL in the query', '/api/v1/organizations/00000000018/payments?text=%00', 400],
    ['a list where a text is expected', '/api/v1/organizations/00000000018/payments?state[]=paid', 400],
    ['a parameter given twice', '/api/v1/organizations/00000000018/payments?state=paid&state=paid', 400],
    ['an amount beyond all numbers', `/api/v1/organizations/00000000018/payments?minCents=${'9'.repeat(40)}`, 400],
    ['a date that does not exist', '/api/v1/organizations/00000000018/payments?from=2026-02-30', 400],
    ['a limit of zero', '/api/v1/organizations/00000000018/payments?limit=0', 400],
    ['a parameter that nobody knows', '/api/v1/organizations/00000000018/payments?colour=red', 400],
    ['something that is no fiscal code', '/api/v1/organizations/abc/payments', 404],
    ['a path of the system', '/api/v1/..%2f..%2fetc%2fpasswd', 404],
  ])('%s is answered with a problem', async (_, path, status) => {
    const answer = await call(path);
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([status, 'application/problem+json; charset=utf-8']);
  });

  it.each([
    ['no JSON', '{"name":', 400, 'MALFORMED_JSON'],
    ['a list', '[]', 400, 'VALIDATION_FAILED'],
    ['a number', '7', 400, 'MALFORMED_JSON'],
    ['a NUL in a text', '{"fiscalCode":"00000000018","name":"a\\u0000"}', 400, 'INVALID_CHARACTER'],
    ['the wrong types', '{"fiscalCode":["00000000018"],"name":{}}', 400, 'VALIDATION_FAILED'],
    ['a key that tempts objects', '{"__proto__":{"name":"x"},"constructor":1}', 400, 'VALIDATION_FAILED'],
  ] as const)('a body that is %s is refused', async (_, body, status, code) => {
    expectProblem(
      await call('/api/v1/organizations', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }),
      status,
      code,
    );
  });

  it('a body that is no JSON at all is 415', async () => {
    const answer = await call('/api/v1/organizations', {
      method: 'POST',
      body: 'name=x',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it.each([
    ['bytes that are no HTTP', 'GET / HTTP/9.9\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['a method that nobody knows', 'FROB /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    ['headers without an end', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ] as const)('%s are refused with a problem document, and the server lives on', async (_, request, status, code) => {
    const answer = await raw(request);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status, code, title: PROBLEMS[code].title });
    expect((await call('/health/live', { key: null })).status).toBe(200);
  });

  it('a method that an address does not know is 405 and names those that it does, with a key or without', async () => {
    const files = await call(`/api/v1/organizations/${org}/files`, { method: 'DELETE', key: null });
    expectProblem(files, 405, 'METHOD_NOT_ALLOWED');
    expect(files.headers.get('Allow')).toBe('GET, HEAD, POST');
    expectProblem(await call('/metrics', { method: 'PUT' }), 405, 'METHOD_NOT_ALLOWED');
    expectProblem(await call('/api/v1/nothing', { method: 'DELETE' }), 404, 'NOT_FOUND');
  });

  it('never is a fault of the server (500 or more), and every refusal is a problem document', async () => {
    const lists = [
      'payments',
      'files',
      'credits',
      'settlement-flows',
      'coverage',
      'reports/reconciliation',
      'payments/1/history',
      'settlement-flows/1/lines',
    ];
    const names = [
      'state',
      'lane',
      'limit',
      'cursor',
      'from',
      'to',
      'minCents',
      'text',
      'asOf',
      'wait',
      'version',
      'format',
      'fiscalYear',
      'issuer',
    ];
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(
        '-1',
        '0',
        '1e9',
        'NaN',
        '2026-13-01',
        '2026-02-29',
        "'; drop table",
        '%',
        'null',
        'true',
        '[]',
        '{}',
        '99999999999999999999',
        'bnVsbA',
      ),
      fc.anything().map((x) => Buffer.from(JSON.stringify([x, x]) ?? '').toString('base64url')),
    );
    const query = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 4 });
    const segment = fc.oneof(
      fc.constantFrom(...lists),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((s) => encoded(s)),
    );
    await fc.assert(
      fc.asyncProperty(segment, query, async (path, params) => {
        const search = params.map(([name, v]) => `${name}=${encoded(v)}`).join('&');
        const answer = await call(`/api/v1/organizations/${org}/${path}?${search}`);
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400) expect(answer.json).toMatchObject({ code: expect.any(String), status: answer.status });
      }),
      { numRuns: 300, seed: 11 },
    );
  }, 60_000);

  it('more requests than allowed in a minute are 429 with the time to wait', async () => {
    const limited = await startHttp(standalone, { host: '127.0.0.1', port: 0, rateLimit: 2 });
    try {
      const answers = [1, 2, 3].map(() => call('/health/live', { key: null, on: limited.url }));
      const [one, , three] = [await answers[0]!, await answers[1]!, await answers[2]!].sort((a, b) => a.status - b.status);
      expect([one!.status, one!.headers.get('RateLimit-Limit')]).toEqual([200, '2']);
      expectProblem(three!, 429, 'TOO_MANY_REQUESTS');
      expect(three!.headers.get('Retry-After')).toBe(three!.headers.get('RateLimit-Reset'));
    } finally {
      await limited.close();
    }
  });
});
