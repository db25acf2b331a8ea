import { COMUNE, PROVINCIA, aReceipt } from '../../../../test/support/facts';
import type { Fact } from '../../../../test/support/history';
import { Receiver, signedBy } from './testing/receiver';
import { PublicEventsUnderTest, until } from './testing/service';

const quadra = new PublicEventsUnderTest();
const receiver = new Receiver();
let target: string;
let clock = 0;
const later = (ms: number) => void (clock += ms);
const DAY = 24 * 3_600_000;

beforeAll(async () => {
  await receiver.open();
  await quadra.open({ dispatcher: { tickMs: 20, chance: () => 0, now: () => new Date(Date.now() + clock) } });
}, 60_000);
afterAll(async () => {
  await quadra.close();
  await receiver.close();
}, 60_000);
beforeEach(() => void (target = receiver.move()));
afterEach(async () => {
  for (const webhook of (await call('GET', '')).body.items) await call('DELETE', `/${webhook.id}`);
});

let receipts = 0;
const receipt = (): Fact => ({ kind: 'receipt', iuv: `IUV${++receipts}`, content: aReceipt(`R${receipts}`, 100) });

const call = async (method: string, path: string, body?: object, key = quadra.key()): Promise<{ status: number; body: any }> => {
  const headers = { Authorization: `Bearer ${key}`, ...(body && { 'Content-Type': 'application/json' }) };
  const response = await fetch(`${quadra.url}/api/v1/webhooks${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
};
const create = async (over: object = {}): Promise<any> => {
  const { status, body } = await call('POST', '', { url: target, ...over });
  expect([status, body.status]).toEqual([201, 'active']);
  return body;
};
const subjects = () => receiver.received.flatMap((r) => r.events.map((e) => e.subject));
const statusOf = async (id: string) => (await call('GET', `/${id}`)).body;

describe('a webhook', () => {
  it('gets what happens from now on, in order, signed with the secret that was shown once', async () => {
    await quadra.know(COMUNE, receipt());
    const webhook = await create({ description: 'accounting' });
    expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    await quadra.know(COMUNE, receipt(), receipt(), receipt());
    await until(() => subjects().length === 3);
    expect(subjects()).toEqual([2, 1, 0].map((back) => `${COMUNE}/payments/IUV${receipts - back}/R${receipts - back}/1`));
    for (const delivery of receiver.received) {
      expect(signedBy(webhook.secret, delivery)).toBe(1);
      expect(delivery.headers['content-type']).toMatch(/^application\/cloudevents-batch\+json/);
    }
    const shown = JSON.stringify([await statusOf(webhook.id), (await quadra.pool.query('select * from public_events.webhook')).rows]);
    expect(shown).not.toContain(webhook.secret);
    expect(shown).not.toContain(webhook.secret.slice('whsec_'.length));
  });

  it('gets only the organizations and types that it names', async () => {
    await create({ organizations: [PROVINCIA], types: ['it.quadra.payment.received.v1'] });
    await quadra.know(COMUNE, receipt());
    await quadra.know(PROVINCIA, receipt());
    await until(() => subjects().length > 0);
    expect(receiver.received.flatMap((r) => r.events.map((e) => [e.organization, e.type]))).toEqual([
      [PROVINCIA, 'it.quadra.payment.received.v1'],
    ]);
  });

  it('gets a delivery again, the same one, until it takes it; nothing overtakes', async () => {
    const webhook = await create();
    receiver.status = 500;
    await quadra.know(COMUNE, receipt());
    await until(() => receiver.received.length === 1);
    const pending = await until(async () => {
      const [delivery] = (await call('GET', `/${webhook.id}/deliveries`)).body.items;
      return delivery.attempts === 1 && delivery;
    });
    expect(pending).toMatchObject({ status: 'pending', answered: 500, answer: 'thanks', events: 1 });
    await quadra.know(COMUNE, receipt());
    receiver.status = 200;
    later(60_000);
    await until(() => receiver.received.length === 3);
    const [first, again, next] = receiver.received;
    expect(again!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(again!.body).toBe(first!.body);
    expect(next!.events.map((e) => e.subject)).toEqual([`${COMUNE}/payments/IUV${receipts}/R${receipts}/1`]);
    const done = await until(async () => {
      const { items } = (await call('GET', `/${webhook.id}/deliveries`)).body;
      return items.length === 2 && items.every((d: { status: string }) => d.status === 'delivered') && items;
    });
    expect(done.map((d: { attempts: number }) => d.attempts)).toEqual([1, 2]);
  });

  it('is suspended after three days without an answer that counts, says why, and goes on where it stopped when it is resumed', async () => {
    const webhook = await create();
    receiver.status = 503;
    await quadra.know(COMUNE, receipt());
    await until(() => receiver.received.length === 1);
    for (let day = 0; day < 4; day++) {
      const seen = receiver.received.length;
      later(DAY);
      await until(async () => receiver.received.length > seen || (await statusOf(webhook.id)).status === 'suspended');
    }
    const suspended = await until(async () => {
      const shown = await statusOf(webhook.id);
      return shown.status === 'suspended' && shown;
    });
    expect(suspended.reason).toMatch(/^no delivery was taken since 20.*503$/);
    receiver.status = 200;
    receiver.received.length = 0;
    expect((await call('PATCH', `/${webhook.id}`, { status: 'active' })).body).toMatchObject({ status: 'active', reason: null });
    await until(() => subjects().length === 1);
    expect(subjects()).toEqual([`${COMUNE}/payments/IUV${receipts}/R${receipts}/1`]);
  });

  it('is suspended at once when the receiver says that it wants no more (410)', async () => {
    const webhook = await create();
    receiver.status = 410;
    await quadra.know(COMUNE, receipt());
    await until(async () => (await statusOf(webhook.id)).status === 'suspended');
    expect((await statusOf(webhook.id)).reason).toContain('410');
  });

  it('follows no redirect', async () => {
    const other = new Receiver();
    const elsewhere = await other.open();
    const webhook = await create();
    receiver.status = 307;
    receiver.location = elsewhere;
    await quadra.know(COMUNE, receipt());
    await until(async () => (await call('GET', `/${webhook.id}/deliveries`)).body.items[0]?.answered === 307);
    expect(other.received).toEqual([]);
    await other.close();
  });

  it('is signed by two secrets while one replaces the other', async () => {
    const webhook = await create();
    const rotated = await call('POST', `/${webhook.id}/rotate-secret`);
    expect(rotated).toMatchObject({ status: 200, body: { secret: expect.stringMatching(/^whsec_/) } });
    await quadra.know(COMUNE, receipt());
    await until(() => receiver.received.length === 1);
    const [delivery] = receiver.received;
    expect([signedBy(webhook.secret, delivery!), signedBy(rotated.body.secret, delivery!)]).toEqual([1, 1]);
    await quadra.pool.query(`update public_events.webhook set previous_until = now()`);
    await quadra.know(COMUNE, receipt());
    await until(() => receiver.received.length === 2);
    expect([signedBy(webhook.secret, receiver.received[1]!), signedBy(rotated.body.secret, receiver.received[1]!)]).toEqual([0, 1]);
  });

  it('is delivered everything after a cursor again on demand, and then what is new', async () => {
    const { cursor, id } = await create();
    await quadra.know(COMUNE, receipt(), receipt());
    await until(() => subjects().length === 2);
    await until(async () => (await statusOf(id)).cursor !== cursor);
    const before = subjects();
    receiver.received.length = 0;
    expect((await call('POST', `/${id}/replays`, { after: cursor })).status).toBe(202);
    await until(() => subjects().length >= 2);
    expect(subjects().slice(0, 2)).toEqual(before);
    const beyond = Buffer.from('["events","999999"]').toString('base64url');
    expect((await call('POST', `/${id}/replays`, { after: beyond })).body.code).toBe('INVALID_CURSOR');
    expect((await call('POST', `/${id}/replays`, { after: 'x y' })).body.code).toBe('VALIDATION_FAILED');
  });

  it('gets nothing while it is paused, and what it missed afterwards', async () => {
    const { id } = await create();
    expect((await call('PATCH', `/${id}`, { status: 'paused' })).body.status).toBe('paused');
    await quadra.know(COMUNE, receipt());
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(receiver.received).toEqual([]);
    await call('PATCH', `/${id}`, { status: 'active' });
    await until(() => subjects().length === 1);
  });
});

describe('a repeated request with an Idempotency-Key', () => {
  const once = async (method: string, path: string, name: string, body?: object, key = quadra.key()): Promise<any> => {
    const headers = { Authorization: `Bearer ${key}`, 'Idempotency-Key': name, ...(body && { 'Content-Type': 'application/json' }) };
    const response = await fetch(`${quadra.url}/api/v1/webhooks${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    const replayed = response.headers.get('Idempotency-Replayed') === 'true';
    return { status: response.status, replayed, body: text ? JSON.parse(text) : undefined };
  };

  it('sets up one webhook, and shows its secret again to the key that asked, and to no other', async () => {
    const key = quadra.key();
    const first = await once('POST', '', 'set-up', { url: target }, key);
    expect(await once('POST', '', 'set-up', { url: target }, key)).toEqual({ ...first, replayed: true });
    expect((await call('GET', '')).body.items).toHaveLength(1);
    expect((await once('POST', '', 'set-up', { url: `${target}/other` }, key)).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    const other = await once('POST', '', 'set-up', { url: target });
    expect([other.replayed, other.body.secret === first.body.secret]).toEqual([false, false]);
    const stored = JSON.stringify((await quadra.pool.query('select * from platform.idempotency')).rows);
    for (const secret of [first.body.secret, first.body.id, target]) expect(stored).not.toContain(secret);
  });

  it('changes, replays, rotates and deletes once', async () => {
    const { id } = await create();
    const key = quadra.key();
    const replay = { after: (await statusOf(id)).cursor };
    for (const [method, path, body, status] of [
      ['PATCH', `/${id}`, { description: 'once' }, 200],
      ['POST', `/${id}/replays`, replay, 202],
      ['POST', `/${id}/rotate-secret`, undefined, 200],
      ['DELETE', `/${id}`, undefined, 204],
    ] as const) {
      const first = await once(method, path, 'again', body, key);
      expect([method, path, first.status, first.replayed]).toEqual([method, path, status, false]);
      expect(await once(method, path, 'again', body, key)).toEqual({ ...first, replayed: true });
    }
  });

  it('is described for every write', async () => {
    const { paths } = (await (await fetch(`${quadra.url}/api/openapi.json`)).json()) as { paths: Record<string, Record<string, any>> };
    const writes = Object.values(paths).flatMap((item) => Object.entries(item).filter(([method]) => method !== 'get'));
    expect(writes).toHaveLength(5);
    for (const [, { parameters }] of writes)
      expect(parameters).toContainEqual(expect.objectContaining({ name: 'Idempotency-Key', in: 'header' }));
  });
});

describe('who may do what with webhooks', () => {
  it('a key sees the webhooks whose organizations it sees, and of others not that they exist', async () => {
    const { id } = await create({ organizations: [COMUNE] });
    const stranger = quadra.key({ organizations: [PROVINCIA] });
    expect((await call('GET', '', undefined, stranger)).body.items).toEqual([]);
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { description: 'mine' }],
      ['DELETE', ''],
      ['GET', '/deliveries'],
      ['POST', '/rotate-secret'],
      ['POST', '/replays', { after: 'start' }],
    ] as const) {
      const answer = await call(method, `/${id}${path}`, body, stranger);
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 404, 'WEBHOOK_UNKNOWN']);
    }
    const theirs = await call('POST', '', { url: target, organizations: [PROVINCIA] }, stranger);
    for (const nothing of [{ organizations: null }, { types: null }, { url: null }, { status: null }, { description: null }]) {
      const widened = await call('PATCH', `/${theirs.body.id}`, nothing, stranger);
      expect([nothing, widened.status, widened.body.code]).toEqual([nothing, 400, 'VALIDATION_FAILED']);
    }
    expect((await call('POST', '', { url: target, organizations: null }, stranger)).status).toBe(400);
    const foreign = await call('POST', '', { url: target, organizations: [COMUNE] }, stranger);
    expect([foreign.status, foreign.body.code]).toEqual([404, 'ORGANIZATION_UNKNOWN']);
    const own = await call('POST', '', { url: target }, stranger);
    expect(own.body.organizations).toEqual([PROVINCIA]);
    for (const role of ['reader', 'region'] as const)
      expect((await call('POST', '', { url: target }, quadra.key({ roles: [role] }))).status).toBe(403);
    expect((await call('GET', '', undefined, quadra.key({ roles: ['region'] }))).status).toBe(403);
  });

  it.each([
    ['no address', { url: 'nothing' }],
    ['another scheme', { url: 'ftp://example.org/x' }],
    ['a line break in the address', { url: 'https://example.org/a\r\nb' }],
    ['a blank at its end', { url: 'https://example.org/ ' }],
    ['a password in the address', { url: 'https://user:pass@example.org/' }],
    ['a type that there is not', { types: ['it.quadra.nothing.v1'] }],
    ['no type at all', { types: [] }],
    ['an organization that is none', { organizations: ['1'] }],
    ['an unknown field', { colour: 'red' }],
    ['a status of Quadra’s own', { status: 'suspended' }],
  ])('refuses %s, and says which field', async (_, body) => {
    const { status, body: problem } = await call('POST', '', { url: target, ...body });
    expect([status, problem.code, problem.errors[0].field]).toEqual([400, 'VALIDATION_FAILED', Object.keys(body)[0]]);
  });

  it('answers 404 for what is no webhook', async () => {
    for (const id of ['x', '%27', '00000000-0000-4000-8000-000000000000'])
      expect(await call('GET', `/${id}`)).toMatchObject({ status: 404, body: { code: 'WEBHOOK_UNKNOWN' } });
    const { id } = await create();
    expect((await call('GET', `/${id}/deliveries?cursor=x`)).status).toBe(400);
  });
});
