import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from '../../../test/support/postgres';
import { withDatabase } from '../../../test/support/postgres';
import type { HttpServer } from './main';
import { startHttp } from './main';
import type { Standalone } from './standalone';
import { openStandalone } from './standalone';

let database: TestDatabase;
let dataDir: string;
let standalone: Standalone;
let server: HttpServer;
let token: string;
beforeAll(async () => {
  database = await withDatabase();
  dataDir = mkdtempSync(join(tmpdir(), 'quadra-http-'));
  standalone = await openStandalone({ dataDir, databaseUrl: database.url });
  server = await startHttp(standalone, { host: '127.0.0.1', port: 0, rateLimit: 0, maxFileBytes: 2_000_000 });
  token = server.keys.createPassing({ name: 'admin', roles: ['system-admin', 'org-admin', 'finance-manager', 'treasury-operator'], organizations: '*' });
});
afterAll(async () => {
  await server?.close();
  await standalone?.close();
  await database?.drop();
  rmSync(dataDir, { recursive: true, force: true });
});
it('x', async () => {
  const h = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const get = async (p: string, init: RequestInit = {}) => { const r = await fetch(server.url + p, { ...init, headers: { ...h, ...(init.headers as any) } }); console.log(p, r.status, Object.fromEntries(r.headers), (await r.text()).slice(0, 600)); };
  await get('/api/v1/status');
  await get('/api/v1/organizations', { method: 'POST', body: JSON.stringify({ fiscalCode: '01234567890', name: 'X' }) });
  await get('/api/v1/organizations?limit=1000&after=1');
  await get('/api/v1/organizations/01234567890/payments?state=paid');
  await get('/api/v1/organizations/01234567890/payments?limit=5000&foo=1');
  await get('/api/v1/nothing');
  await get('/metrics');
  await get('/api/openapi.json');
});
