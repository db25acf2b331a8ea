import { connect } from 'node:net';
import fc from 'fast-check';
import { PROBLEMS } from '@quadra/platform';
import { startHttp } from '../main';
import { expectProblem, useInstance } from './testing/instance';

/** A request as bytes, for what `fetch` would not send. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(quadra.server.url);
    const socket = connect(Number(port), hostname, () => socket.end(text));
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

/** Any text as it can stand in an address: half surrogate pairs cannot. */
const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'));

const quadra = useInstance();

describe('whatever is asked', () => {
  it('answers in Italian whom Italian is asked for, with the same code', async () => {
    const italian = await quadra.call('/api/v1/nothing', { headers: { 'Accept-Language': 'it-IT,it;q=0.9,en;q=0.5' } });
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
    ['a parameter whose name tempts objects', '/api/v1/organizations/00000000018/payments?__proto__=1', 400],
    ['another one, encoded', '/api/v1/organizations?to%53tring=1', 400],
    ['a limit of zero', '/api/v1/organizations/00000000018/payments?limit=0', 400],
    ['a parameter that nobody knows', '/api/v1/organizations/00000000018/payments?colour=red', 400],
    ['something that is no fiscal code', '/api/v1/organizations/abc/payments', 404],
    ['a path of the system', '/api/v1/..%2f..%2fetc%2fpasswd', 404],
  ])('%s is answered with a problem', async (_, path, status) => {
    const answer = await quadra.call(path);
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([status, 'application/problem+json; charset=utf-8']);
  });

  it.each([
    ['no JSON', '{"name":', 400, 'MALFORMED_JSON'],
    ['a list', '[]', 400, 'VALIDATION_FAILED'],
    ['a number', '7', 400, 'VALIDATION_FAILED'],
    ['a text', '"x"', 400, 'VALIDATION_FAILED'],
    ['null', 'null', 400, 'VALIDATION_FAILED'],
    ['nested without end', `${'{"name":'.repeat(600)}1${'}'.repeat(600)}`, 400, 'VALIDATION_FAILED'],
    ['no UTF-8', Buffer.from('{"fiscalCode":"00000000018","name":"Forl\xec"}', 'latin1'), 400, 'MALFORMED_JSON'],
    ['a NUL in a text', '{"fiscalCode":"00000000018","name":"a\\u0000"}', 400, 'INVALID_CHARACTER'],
    ['the wrong types', '{"fiscalCode":["00000000018"],"name":{}}', 400, 'VALIDATION_FAILED'],
    ...['__proto__', 'constructor', 'toString'].map(
      (key) =>
        [`a key that tempts objects (${key})`, `{"fiscalCode":"00000000018","name":"x","${key}":1}`, 400, 'VALIDATION_FAILED'] as const,
    ),
  ] as const)('a body that is %s is refused', async (_, body, status, code) => {
    expectProblem(
      await quadra.call('/api/v1/organizations', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }),
      status,
      code,
    );
  });

  it('a body that is JSON and no object is told that one is expected', async () => {
    const headers = { 'Content-Type': 'application/json' };
    for (const body of ['null', '"x"', '[]', '7']) {
      const { json } = await quadra.call('/api/v1/organizations', { method: 'POST', body, headers });
      expect(json.errors).toEqual([{ field: 'body', rule: 'isObject', message: 'must be a JSON object' }]);
    }
  });

  it.each(['utf-16', 'utf-7', 'iso-8859-1'])('a body in the charset %s is 415', async (charset) => {
    const headers = { 'Content-Type': `application/json; charset=${charset}` };
    expectProblem(await quadra.call('/api/v1/organizations', { method: 'POST', body: '{}', headers }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it.each([
    ['POST', '/api/v1/webhooks/00000000-0000-4000-8000-000000000000/rotate-secret', 404],
    ['DELETE', '/api/v1/webhooks/00000000-0000-4000-8000-000000000000', 404],
    ['POST', '/api/v1/processors/nothing/rebuild', 404],
    ['POST', '/api/v1/parked/matcher/00000000018/retry', 404],
  ])('a body where none is taken is refused, and an empty one is not: %s %s', async (method, path, otherwise) => {
    const stray = await quadra.send(method, path, { force: true });
    expectProblem(stray, 400, 'VALIDATION_FAILED');
    expect(stray.json.errors).toMatchObject([{ field: 'force' }]);
    expect((await quadra.send(method, path, {})).status).toBe(otherwise);
    expect((await quadra.call(path, { method })).status).toBe(otherwise);
    const form = new FormData();
    form.set('force', 'true');
    expectProblem(await quadra.call(path, { method, body: form }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('a body that is no JSON at all is 415', async () => {
    const answer = await quadra.call('/api/v1/organizations', {
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
    expect((await quadra.call('/health/live', { key: null })).status).toBe(200);
  });

  it('a method that an address does not know is 405 and names those that it does, with a key or without', async () => {
    const files = await quadra.call(quadra.at('files'), { method: 'DELETE', key: null });
    expectProblem(files, 405, 'METHOD_NOT_ALLOWED');
    expect(files.headers.get('Allow')).toBe('GET, HEAD, POST');
    expectProblem(await quadra.call('/metrics', { method: 'PUT' }), 405, 'METHOD_NOT_ALLOWED');
    expectProblem(await quadra.call('/api/v1/nothing', { method: 'DELETE' }), 404, 'NOT_FOUND');
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
        const answer = await quadra.call(quadra.at(`${path}?${search}`));
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400) expect(answer.json).toMatchObject({ code: expect.any(String), status: answer.status });
      }),
      { numRuns: 300, seed: 11 },
    );
  }, 60_000);

  it('more requests than allowed in a minute are 429 with the time to wait', async () => {
    const limited = await startHttp(quadra.standalone, { host: '127.0.0.1', port: 0, rateLimit: 2 });
    try {
      const answers = [1, 2, 3].map(() => quadra.call('/health/live', { key: null, on: limited.url }));
      const [one, , three] = [await answers[0]!, await answers[1]!, await answers[2]!].sort((a, b) => a.status - b.status);
      expect([one!.status, one!.headers.get('RateLimit-Limit')]).toEqual([200, '2']);
      expectProblem(three!, 429, 'TOO_MANY_REQUESTS');
      expect(three!.headers.get('Retry-After')).toBe(three!.headers.get('RateLimit-Reset'));
    } finally {
      await limited.close();
    }
  });
});
