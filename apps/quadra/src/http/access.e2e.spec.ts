import type { Role } from '@quadra/platform';
import { ACCESS, ROLES } from '@quadra/platform';
import type { Answer } from './testing/instance';
import { UNKNOWN_ORG, expectProblem, useInstance } from './testing/instance';

const quadra = useInstance();

describe('who may do what', () => {
  it.each([
    ['no key', null],
    ['a made-up key', `qk_0123456789ab_${'0'.repeat(64)}`],
    ['something else', 'secret'],
  ])('%s is answered 401 with the scheme that is expected', async (_, key) => {
    const answer = await quadra.call('/api/v1/organizations', { key });
    expectProblem(answer, 401, 'UNAUTHENTICATED');
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
  });

  it('a stored key works until it is revoked, and only its digest is stored', async () => {
    const { id, token } = await quadra.server.keys.create({ name: 'integrator', roles: ['integrator'], organizations: [quadra.org] });
    expect((await quadra.call(quadra.at('payments'), { key: token })).status).toBe(200);
    const { rows } = await quadra.standalone.pool.query('select * from platform.api_key where id = $1', [id]);
    expect(JSON.stringify(rows)).not.toContain(token.split('_')[2]);
    expect(await quadra.server.keys.revoke(id)).toBe(true);
    expect((await quadra.call(quadra.at('payments'), { key: token })).status).toBe(401);
  });

  it('an organization that the key does not see is 404, whether it exists or not', async () => {
    const key = quadra.keyOf(['reader'], [UNKNOWN_ORG]);
    expectProblem(await quadra.call(quadra.at('payments'), { key }), 404, 'ORGANIZATION_UNKNOWN');
    expectProblem(await quadra.call(`/api/v1/organizations/${UNKNOWN_ORG}/payments`, { key }), 404, 'ORGANIZATION_UNKNOWN');
    expect((await quadra.call('/api/v1/organizations', { key })).json.items).toEqual([]);
  });

  it.each(ROLES)('the role %s is let through exactly where the table says, and is 403 elsewhere', async (role) => {
    const key = quadra.keyOf([role]);
    const one = `/api/v1/organizations/${quadra.org}`;
    const tries: [keyof typeof ACCESS, Promise<Answer>][] = [
      ['organizations.read', quadra.call('/api/v1/organizations', { key })],
      ['organizations.register', quadra.send('POST', '/api/v1/organizations', {}, { key })],
      ['organizations.configure', quadra.send('PATCH', one, {}, { key })],
      ['files.take-in', quadra.call(`${one}/files`, { key, method: 'POST' })],
      ['files.read', quadra.call(`${one}/files`, { key })],
      ['files.void', quadra.send('POST', `${one}/files/x/void`, {}, { key })],
      ['files.rejects', quadra.call(`${one}/files/x/rejects`, { key })],
      ['files.original', quadra.call(`${one}/files/x/original`, { key })],
      ['payments.read', quadra.call(`${one}/payments`, { key })],
      ['flows.read', quadra.call(`${one}/settlement-flows`, { key })],
      ['credits.read', quadra.call(`${one}/credits`, { key })],
      ['coverage.read', quadra.call(`${one}/coverage`, { key })],
      ['reports.read', quadra.call(`${one}/reports/reconciliation`, { key })],
      ['events.read', quadra.call('/api/v1/events', { key })],
      ['webhooks.read', quadra.call('/api/v1/webhooks', { key })],
      ['webhooks.manage', quadra.call('/api/v1/webhooks', { key, method: 'POST' })],
      ['processors.read', quadra.call('/api/v1/processors', { key })],
      ['processors.rebuild', quadra.call('/api/v1/processors/nothing/rebuild', { key, method: 'POST' })],
      ['parked.read', quadra.call('/api/v1/parked', { key })],
      ['parked.retry', quadra.call(`/api/v1/parked/nothing/${quadra.org}/retry`, { key, method: 'POST' })],
      ['parked.skip', quadra.send('POST', `/api/v1/parked/nothing/${quadra.org}/skip`, {}, { key })],
      ['integrity.read', quadra.call('/api/v1/integrity', { key })],
      ['integrity.verify', quadra.send('POST', '/api/v1/integrity/verifications', {}, { key })],
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
    expectProblem(await quadra.call('/api/v1/audit/topic'), 404, 'NOT_FOUND');
    expectProblem(await quadra.send('POST', '/api/v1/audit/topic', {}), 404, 'NOT_FOUND');
    expectProblem(await quadra.call('/api/v1/audit/topic', { key: quadra.keyOf(['reader']) }), 403, 'FORBIDDEN');
    expectProblem(await quadra.send('POST', '/api/v1/audit/topic', {}, { key: quadra.keyOf(['reader']) }), 403, 'FORBIDDEN');
  });
});
