import { openApiDocument } from '@quadra/platform';
import { useInstance } from './testing/instance';

const quadra = useInstance();

describe('probes and description', () => {
  it('say that the instance runs, without a key', async () => {
    expect((await quadra.call('/api/v1/status', { key: null })).json).toEqual({
      status: 'up',
      version: expect.any(String),
      profile: 'standalone',
    });
    expect((await quadra.call('/health/live', { key: null })).status).toBe(200);
    expect((await quadra.call('/health/ready', { key: null })).json).toEqual({
      status: 'up',
      checks: { serving: 'up', database: 'up', processors: 'up' },
    });
  });

  it('give figures to Prometheus that name no organization', async () => {
    const { text, headers } = await quadra.call('/metrics', { key: null });
    expect(headers.get('Content-Type')).toMatch(/^text\/plain/);
    expect(text).toContain('quadra_processor_lag_seconds{processor="matcher"}');
    expect(text).toContain('quadra_http_request_duration_seconds_count{');
    expect(text).not.toContain(quadra.org);
  });

  it('serve the page of the interface from this process alone', async () => {
    const page = await quadra.call('/api/docs', { key: null });
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(?:src|href)="https?:/);
  });

  it('describe every route of the contract, every integer with its format, every operation with its refusals', async () => {
    const { json: document } = await quadra.call('/api/openapi.json', { key: null });
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
    expect(openApiDocument(quadra.server.app, { version: '1.2.3' }).info).toMatchObject({
      version: '1.2.3',
      contact: { name: 'Quadra' },
    });
  });
});
