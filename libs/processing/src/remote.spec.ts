import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProcessorStatus } from './processor';
import { RemoteProcessors, RemoteRefused, RemoteUnavailable } from './remote';

const KEY = 'k'.repeat(32);
const [ONE, TWO] = ['00000000001', '00000000002'];
const PATIENCE_MS = 10_000;

describe('the processors of another service', () => {
  let server: Server;
  let remote: RemoteProcessors;
  let status: ProcessorStatus;
  let answer: { status: number; body: object };
  const asked: string[] = [];

  const at = (position: number): ProcessorStatus['partitions'] => [
    { partition: 0, position: String(position), lastOutput: '7', here: true },
    { partition: 1, position: '3', lastOutput: '0', here: false },
  ];

  beforeEach(async () => {
    asked.length = 0;
    status = {
      name: 'matcher',
      version: 1,
      position: '3',
      lastOutput: '7',
      caughtUp: true,
      lagSeconds: 0,
      running: true,
      eventsHandled: 1,
      parked: [ONE],
      skipped: [],
      partitions: at(9),
    };
    answer = { status: 200, body: { released: true } };
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      const isStatus = request.url?.split('?')[0] === '/api/v1/internal/processors';
      response.writeHead(isStatus ? 200 : answer.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(isStatus ? { items: [status] } : answer.body));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    remote = new RemoteProcessors({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, key: KEY });
  });
  const close = (): Promise<void> =>
    new Promise((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  afterEach(close);

  it('are seen part by part, with the key that services show each other', async () => {
    const view = remote.view('matcher');
    await view.refresh();
    expect([view.place(0), view.place(1), view.place(2)].map((p) => [p.position, p.lastOutput])).toEqual([
      [9n, 7n],
      [3n, 0n],
      [0n, 0n],
    ]);
    expect([view.isBehind(ONE), view.isBehind(TWO)]).toEqual([true, false]);
    expect(asked).toEqual([`GET /api/v1/internal/processors Bearer ${KEY}`]);
  });

  it('can be waited for, in one part or in all', async () => {
    const view = remote.view('matcher');
    expect(await view.waitFor(9n, PATIENCE_MS, 0)).toBe(true);
    expect(await view.waitFor(9n, 1)).toBe(false);
    const waiting = view.waitFor(12n, PATIENCE_MS, 0);
    status = { ...status, partitions: at(12) };
    expect(await waiting).toBe(true);
    expect(asked).toContain(`GET /api/v1/internal/processors?awaited=true Bearer ${KEY}`); // so that nothing lingers there
  });

  it('count as behind for everybody while the service does not answer, and are shown as not running', async () => {
    const view = remote.view('matcher');
    expect(view.isBehind(TWO)).toBe(true);
    await remote.status();
    expect(view.isBehind(TWO)).toBe(false);
    await close();
    expect(await remote.status()).toMatchObject([{ name: 'matcher', running: false, error: expect.stringContaining('does not answer') }]);
    expect(view.isBehind(TWO)).toBe(true);
    expect(await view.waitFor(100n, 1, 0)).toBe(false);
    await expect(remote.retryParked('matcher', ONE)).rejects.toThrow(RemoteUnavailable);
  });

  it('are asked to try a parked organization again, and say when it fails again', async () => {
    expect(await remote.retryParked('matcher', ONE)).toBe(true);
    expect(asked).toEqual([`POST /api/v1/internal/parked/matcher/${ONE}/retry Bearer ${KEY}`]);
    answer = { status: 409, body: { detail: 'The same event failed again' } };
    await expect(remote.retryParked('matcher', ONE)).rejects.toThrow(RemoteRefused);
    answer = { status: 500, body: {} };
    await expect(remote.retryParked('matcher', ONE)).rejects.toThrow(RemoteUnavailable);
  });
});
