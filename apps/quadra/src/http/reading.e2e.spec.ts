import { LEGACY_LABELS } from '@quadra/matching';
import type { Answer } from './testing/instance';
import { expectProblem, useInstance } from './testing/instance';

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

const quadra = useInstance();

describe('reading', () => {
  let first: any;

  beforeAll(async () => {
    expect((await quadra.call(quadra.at(`payments?limit=1&after=${await quadra.takeAll()}`))).status).toBe(200);
    first = (await quadra.call(quadra.at('payments?limit=1'))).json.items[0];
  }, 120_000);

  it('shows a payment with all that explains it, its past and its history', async () => {
    const path = quadra.at(`payments/${encodeURIComponent(first.iuv)}`);
    const { json } = await quadra.call(path);
    expect(json.transfers[0]).toMatchObject({
      state: expect.any(String),
      lane: expect.any(String),
      labels: expect.any(Array),
      amountCents: expect.any(Number),
    });
    const italian = await quadra.call(path, { headers: { 'Accept-Language': 'it' } });
    expect(italian.json.transfers[0].explanation).not.toBe(json.transfers[0].explanation);
    expectProblem(await quadra.call(`${path}?asOf=2020-01-01`), 404, 'PAYMENT_UNKNOWN');
    expect((await quadra.call(`${path}?asOf=${encodeURIComponent(new Date().toISOString())}`)).json.transfers).toHaveLength(
      json.transfers.length,
    );
    const history = (await quadra.call(`${path}/history`)).json.items;
    expect(history.map((e: any) => e.revision)).toEqual(history.map((_: unknown, i: number) => i));
    expect(history[0]).toMatchObject({ type: expect.any(String), recordedAt: expect.any(String), source: { fileId: expect.any(String) } });
  });

  it.each(['payments', 'files', 'settlement-flows', 'credits'])('pages through %s: every item once, in pages of any size', async (list) => {
    const path = quadra.at(`${list}`);
    const whole = (await quadra.call(`${path}?limit=1000`)).json.items;
    expect(whole.length).toBeGreaterThan(1);
    const paged: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer = await quadra.call(`${path}?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.json.items);
      cursor = page.json.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(whole);
    expectProblem(await quadra.call(`${path}?cursor=AAAA`), 400, 'INVALID_CURSOR');
    expectProblem(await quadra.call(`${path}?cursor=${Buffer.from('["x","y"]').toString('base64url')}`), 400, 'INVALID_CURSOR');
    expectProblem(await quadra.call(`${path}?limit=1001`), 400, 'VALIDATION_FAILED');
  });

  it('shows a flow under any case of its id, with its versions and lines, and a credit under its id', async () => {
    const flow = (await quadra.call(quadra.at('settlement-flows?limit=1'))).json.items[0];
    const path = quadra.at(`settlement-flows/${encodeURIComponent(flow.iuf.toLowerCase())}`);
    expect((await quadra.call(path)).json.iuf).toBe(flow.iuf);
    expect((await quadra.call(`${path}/versions`)).json.items[0]).toMatchObject({ version: 1, complete: true });
    const lines = (await quadra.call(`${path}/lines`)).json.items;
    expect(lines.reduce((sum: number, l: any) => sum + l.amountCents, 0)).toBe(flow.linesCents);
    const credit = (await quadra.call(quadra.at('credits?limit=1'))).json.items[0];
    expect((await quadra.call(quadra.at(`credits/${encodeURIComponent(credit.creditId)}`))).json).toEqual(credit);
    for (const [what, code] of [
      ['settlement-flows', 'FLOW_UNKNOWN'],
      ['credits', 'CREDIT_UNKNOWN'],
      ['payments', 'PAYMENT_UNKNOWN'],
    ] as const) {
      expectProblem(await quadra.call(quadra.at(`${what}/nothing`)), 404, code);
    }
  });

  it('answers what the description of the interface says, field by field', async () => {
    const { json: document } = await quadra.call('/api/openapi.json', { key: null });
    const at = `/api/v1/organizations/${quadra.org}`;
    const file = (await quadra.call(`${at}/files?limit=1`)).json.items[0];
    const flow = (await quadra.call(`${at}/settlement-flows?limit=1&state=funded`)).json.items[0];
    const credit = (await quadra.call(`${at}/credits?limit=1&state=explained`)).json.items[0];
    const wrong = (await quadra.call(`${at}/payments?limit=1&discrepancy=LINE_AMOUNT_DIFFERS`)).json.items[0];
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
      const answer = await quadra.call(path);
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
    const at = quadra.at(`${list}?limit=1000`);
    const all: any[] = (await quadra.call(at)).json.items;
    for (const [name, shown] of Object.entries(filters)) {
      const values = new Set(
        [...all.flatMap(shown), ...(name === 'label' ? LEGACY_LABELS : [])].filter((v) => v !== null && v !== undefined),
      );
      for (const value of values) {
        const { items } = (await quadra.call(`${at}&${name}=${encodeURIComponent(String(value))}`)).json;
        expect([name, value, items]).toEqual([name, value, all.filter((item) => shown(item).includes(value))]);
      }
    }
  });

  it('refuses a span that ends before it begins', async () => {
    const at = `/api/v1/organizations/${quadra.org}`;
    for (const [list, span] of [
      ['payments', 'from=2026-03-02&to=2026-03-01'],
      ['payments', 'minCents=10&maxCents=9'],
      ['settlement-flows', 'from=2026-03-02&to=2026-03-01'],
      ['credits', 'from=2026-03-02&to=2026-03-01'],
      ['credits', 'minCents=10&maxCents=9'],
      ['reports/reconciliation', 'from=2026-03-02&to=2026-03-01'],
    ] as const)
      expectProblem(await quadra.call(`${at}/${list}?${span}`), 400, 'VALIDATION_FAILED');
  });

  it('reads single things as they were known at a time, and refuses parameters that a route does not take', async () => {
    const at = `/api/v1/organizations/${quadra.org}`;
    const flow = (await quadra.call(`${at}/settlement-flows?limit=1`)).json.items[0];
    const credit = (await quadra.call(`${at}/credits?limit=1`)).json.items[0];
    const [{ fileId }] = (await quadra.call(`${at}/files?limit=1`)).json.items;
    const now = encodeURIComponent(new Date().toISOString());
    for (const [path, code] of [
      [`settlement-flows/${flow.iuf}`, 'FLOW_UNKNOWN'],
      [`settlement-flows/${flow.iuf}/versions`, 'FLOW_UNKNOWN'],
      [`settlement-flows/${flow.iuf}/lines`, 'FLOW_UNKNOWN'],
      [`credits/${credit.creditId}`, 'CREDIT_UNKNOWN'],
      [`files/${fileId}`, 'FILE_UNKNOWN'],
    ] as const) {
      expectProblem(await quadra.call(`${at}/${path}?asOf=2020-01-01`), 404, code);
      expectProblem(await quadra.call(`${at}/${path}?asOf=yesterday`), 400, 'VALIDATION_FAILED');
      expect((await quadra.call(`${at}/${path}?asOf=${now}`)).json).toEqual((await quadra.call(`${at}/${path}`)).json);
    }
    expect((await quadra.call(`${at}/coverage?asOf=2020-01-01`)).json.items).toEqual([]);
    expectProblem(await quadra.call(`${at}/settlement-flows/${flow.iuf}/lines?version=99`), 404, 'FLOW_VERSION_UNKNOWN');
    for (const path of [
      at,
      `${at}/payments/${first.iuv}/history`,
      `${at}/files/${fileId}/rejects`,
      '/api/v1/processors',
      '/api/v1/webhooks',
    ]) {
      expectProblem(await quadra.call(`${path}?asOf=2020-01-01`), 400, 'VALIDATION_FAILED');
      expect((await quadra.call(path)).headers.get('Quadra-Position')).toMatch(/^\d+$/);
    }
  }, 60_000);

  it('reports figures that tie, as JSON and as CSV', async () => {
    const path = quadra.at('reports/reconciliation?from=2026-03-01&to=2026-04-10');
    const { json } = await quadra.call(path);
    expect(json.recorded.count).toBeGreaterThan(0);
    expect(json.checks.map((c: any) => c.holds)).toEqual([true, true, true]);
    const csv = await quadra.call(`${path}&format=csv`);
    expect(csv.headers.get('Content-Type')).toMatch(/^text\/csv; charset=utf-8/i);
    expect(csv.text).toContain(`recorded;all;${json.recorded.count};${json.recorded.cents}`);
    expectProblem(await quadra.call(quadra.at('reports/nothing')), 404, 'REPORT_UNKNOWN');
    expectProblem(await quadra.call(quadra.at('reports/reconciliation?from=2026-04-01&to=2026-03-01')), 400, 'VALIDATION_FAILED');
  });

  it('waits for a position, and says 503 when it does not come in time', async () => {
    const late = await quadra.call('/api/v1/organizations?after=9000000000000000000&wait=0');
    expectProblem(late, 503, 'NOT_YET');
    expect(Number(late.headers.get('Retry-After'))).toBeGreaterThan(0);
    expectProblem(await quadra.call('/api/v1/organizations?after=soon'), 400, 'INVALID_POSITION');
    expectProblem(await quadra.call('/api/v1/organizations?after=1&wait=11'), 400, 'VALIDATION_FAILED');
  });

  it('rebuilds a read model in the background, to the same content', async () => {
    const started = await quadra.call('/api/v1/processors/organizations/rebuild', { method: 'POST' });
    expect([started.status, started.json]).toEqual([202, { processor: 'organizations', position: expect.any(String) }]);
    let rebuild: any;
    do {
      const { items } = (await quadra.call('/api/v1/processors')).json;
      rebuild = items.find((p: any) => p.name === 'organizations').rebuild;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (rebuild.phase !== 'done' && rebuild.phase !== 'failed');
    expect(rebuild).toMatchObject({ phase: 'done', equal: true });
    expectProblem(await quadra.call('/api/v1/processors/nothing/rebuild', { method: 'POST' }), 404, 'PROCESSOR_UNKNOWN');
    expect((await quadra.call('/api/v1/parked')).json.items).toEqual([]);
    expectProblem(await quadra.call(`/api/v1/parked/matcher/${quadra.org}/retry`, { method: 'POST' }), 404, 'NOT_PARKED');
  });
});
