import { get } from 'node:http';
import { Parser } from '@asyncapi/parser';
import { COMUNE, PROVINCIA, aCredit, aFlow, aLine, aReceipt } from '../../../../test/support/facts';
import type { Fact } from '../../../../test/support/history';
import { PublicEventsUnderTest } from './testing/service';

const quadra = new PublicEventsUnderTest();
beforeAll(() => quadra.open(), 60_000);
afterAll(() => quadra.close(), 60_000);

const receipt = (n: number): Fact => ({ kind: 'receipt', iuv: `IUV${n}`, content: aReceipt(`R${n}`, 100 + n) });

interface Page {
  readonly items: readonly { readonly type: string; readonly organization: string; readonly subject: string; readonly data: any }[];
  readonly nextCursor: string;
}

const ask = async (query: string, key = quadra.key()): Promise<{ status: number; body: any }> => {
  const response = await fetch(`${quadra.url}/api/v1/events${query}`, { headers: { Authorization: `Bearer ${key}` } });
  return { status: response.status, body: await response.json() };
};
const page = async (query: string, key?: string): Promise<Page> => {
  const { status, body } = await ask(query, key);
  expect([status, Array.isArray(body.items), typeof body.nextCursor]).toEqual([200, true, 'string']);
  return body as Page;
};
/** The cursor after everything that is there. */
const end = async (): Promise<string> => {
  let cursor = 'start';
  for (;;) {
    const next = (await page(`?after=${cursor}&limit=1000`)).nextCursor;
    if (next === cursor) return cursor;
    cursor = next;
  }
};

describe('GET /events', () => {
  it('gives CloudEvents page by page: who goes on with each cursor sees every event once', async () => {
    await quadra.know(COMUNE, receipt(1), receipt(2), { kind: 'flow', flow: aFlow('F1', [aLine('IUV1', 'R1', 101)]) });
    await quadra.know(PROVINCIA, receipt(1), { kind: 'credit', content: aCredit('1', 5, []) });
    const whole = await page('');
    expect(whole.items.length).toBe(5);
    expect(whole.items[0]).toMatchObject({ specversion: '1.0', organization: COMUNE, sequence: '1', source: `/orgs/${COMUNE}` });
    const piecewise: unknown[] = [];
    for (let cursor = 'start'; ;) {
      const { items, nextCursor } = await page(`?after=${cursor}&limit=2`);
      piecewise.push(...items);
      if (items.length === 0) break;
      cursor = nextCursor;
    }
    expect(piecewise).toEqual(whole.items);
  });

  it('gives only what was asked for, and a cursor that moves on although nothing matches', async () => {
    const booked = await page('?types=it.quadra.credit.booked.v1,it.quadra.credit.reversed.v1');
    expect(booked.items.map((e) => e.type)).toEqual(['it.quadra.credit.booked.v1']);
    const theirs = await page(`?org=${PROVINCIA}`);
    expect(new Set(theirs.items.map((e) => e.organization))).toEqual(new Set([PROVINCIA]));
    expect((await page('?types=it.quadra.file.voided.v1')).nextCursor).toBe(await end());
  });

  it('shows a key the organizations that it may see, and does not say that there are others', async () => {
    const key = quadra.key({ organizations: [PROVINCIA] });
    expect(new Set((await page('', key)).items.map((e) => e.organization))).toEqual(new Set([PROVINCIA]));
    const hidden = await ask(`?org=${COMUNE}`, key);
    expect([hidden.status, hidden.body.code]).toEqual([404, 'ORGANIZATION_UNKNOWN']);
    for (const role of ['system-admin', 'region'] as const) expect((await ask('', quadra.key({ roles: [role] }))).status).toBe(403);
    expect((await ask('', quadra.key({ roles: ['region', 'reader'] }))).status).toBe(200);
    expect((await ask('', 'nobody')).status).toBe(401);
  });

  it.each([
    ['a cursor of another list', '?after=eyJhIjoxfQ', 'INVALID_CURSOR'],
    ['a cursor that nobody gave', `?after=${Buffer.from('["events","999999"]').toString('base64url')}`, 'INVALID_CURSOR'],
    ['a cursor with strange characters', '?after=%00', 'INVALID_CHARACTER'],
    ['a type that there is not', '?types=it.quadra.nothing.v1', 'VALIDATION_FAILED'],
    ['an empty type', '?types=', 'VALIDATION_FAILED'],
    ['a limit that is too high', '?limit=1001', 'VALIDATION_FAILED'],
    ['a wait that is too long', '?wait=31', 'VALIDATION_FAILED'],
    ['a parameter twice', '?after=start&after=start', 'VALIDATION_FAILED'],
    ['a parameter that there is not', '?since=1', 'VALIDATION_FAILED'],
  ])('refuses %s', async (_, query, code) => {
    const { status, body } = await ask(query);
    expect([status, body.code]).toEqual([400, code]);
  });

  it('waits for an event that is to come, and answers empty when the time has passed', async () => {
    const cursor = await end();
    const waiting = page(`?after=${cursor}&wait=20&org=${COMUNE}`);
    await quadra.know(PROVINCIA, receipt(50));
    await quadra.know(COMUNE, receipt(51));
    const { items } = await waiting;
    expect(items.map((e) => e.subject)).toEqual([`${COMUNE}/payments/IUV51/R51/1`]);
    const last = await end();
    expect(await page(`?after=${last}&wait=1`)).toEqual({ items: [], nextCursor: last });
  });

  it('says 410 when what followed the cursor was removed', async () => {
    const { nextCursor } = await page('?limit=1');
    await quadra.pool.query('update public_events.head set swept = 3');
    const { status, body } = await ask(`?after=${nextCursor}`);
    expect([status, body.code]).toEqual([410, 'EVENTS_EXPIRED']);
    await quadra.pool.query('update public_events.head set swept = 0');
  });
});

/** Reads a stream until so many events have come. */
const stream = (path: string, headers: Record<string, string>, wanted: number): Promise<{ id: string; data: any }[]> =>
  new Promise((resolve, reject) => {
    const found: { id: string; data: any }[] = [];
    let text = '';
    const request = get(`${quadra.url}${path}`, {
      headers: { Accept: 'text/event-stream', Authorization: `Bearer ${quadra.key()}`, ...headers },
    });
    request.on('response', (response) => {
      if (!String(response.headers['content-type']).startsWith('text/event-stream'))
        return reject(new Error(`status ${response.statusCode}`));
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
          const [, id = '', data] = /^id: (.*)(?:\ndata: (.*))?$/.exec(text.slice(0, at)) ?? [];
          text = text.slice(at + 2);
          if (data !== undefined) found.push({ id, data: JSON.parse(data) });
        }
        if (found.length < wanted) return;
        request.destroy();
        resolve(found);
      });
    });
    request.on('error', (error) => (found.length < wanted ? reject(error) : undefined));
  });

describe('the stream of events', () => {
  it('sends what is there and what comes, and goes on after Last-Event-ID', async () => {
    const cursor = await end();
    const coming = stream(`/api/v1/events?after=${cursor}`, {}, 2);
    await quadra.know(COMUNE, receipt(60));
    await quadra.know(COMUNE, receipt(61));
    const [first, second] = await coming;
    expect([first!.data.subject, second!.data.subject]).toEqual([`${COMUNE}/payments/IUV60/R60/1`, `${COMUNE}/payments/IUV61/R61/1`]);
    const [again] = await stream('/api/v1/events?after=start', { 'Last-Event-ID': first!.id }, 1);
    expect(again!.data).toEqual(second!.data);
  });

  it('ends a few seconds after its key was revoked, and sends nothing more', async () => {
    const { id, token } = await quadra.keys.create({ name: 'former', roles: ['reader'], organizations: '*' });
    const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${token}` };
    const response = await fetch(`${quadra.url}/api/v1/events?after=${await end()}`, { headers });
    await quadra.know(COMUNE, receipt(70));
    const reading = response.text();
    await quadra.keys.revoke(id);
    const text = await reading;
    await quadra.know(COMUNE, receipt(71));
    expect(text).toContain('IUV70');
    expect((await fetch(`${quadra.url}/api/v1/events`, { headers })).status).toBe(401);
  }, 15_000);

  it('refuses a bad place as JSON, before it streams', async () => {
    await expect(stream('/api/v1/events', { 'Last-Event-ID': 'nowhere' }, 1)).rejects.toThrow('status 400');
  });
});

it('the AsyncAPI document is served to everyone, and its parser reads it', async () => {
  const response = await fetch(`${quadra.url}/api/asyncapi.json`);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const { document } = await new Parser().parse(await response.text());
  expect(document?.version()).toBe('3.0.0');
}, 60_000);
