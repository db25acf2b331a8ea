import { UNKNOWN_ORG, expectProblem, useInstance } from './testing/instance';

const quadra = useInstance();

describe('registering and setting up an organization', () => {
  it('answers with a position after which it can be read', async () => {
    const made = await quadra.send('POST', '/api/v1/organizations', { fiscalCode: '00000000018', name: 'Comune Nuovo' });
    expect([made.status, made.json]).toEqual([201, { fiscalCode: '00000000018', position: expect.stringMatching(/^\d+$/) }]);
    const read = await quadra.call(`/api/v1/organizations/00000000018?after=${made.json.position}`);
    expect(read.json).toMatchObject({ fiscalCode: '00000000018', name: 'Comune Nuovo', usesNotifications: false });
    expect(BigInt(read.headers.get('Quadra-Position')!)).toBeGreaterThanOrEqual(BigInt(made.json.position));
  });

  it('says nothing new for the same data, and 409 for others', async () => {
    const again = await quadra.send('POST', '/api/v1/organizations', { fiscalCode: quadra.org, name: 'Comune di Prova' });
    expect(again.status).toBe(200);
    expectProblem(
      await quadra.send('POST', '/api/v1/organizations', { fiscalCode: quadra.org, name: 'Altro' }),
      409,
      'ORGANIZATION_EXISTS',
    );
  });

  it('names every field that is wrong, with its rule', async () => {
    const answer = await quadra.send('POST', '/api/v1/organizations', { fiscalCode: '12', name: ' ', colour: 'red' });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.json.errors.map((e: any) => e.field).sort()).toEqual(['colour', 'fiscalCode', 'name']);
    expect(answer.json.errors[0]).toEqual({ field: expect.any(String), rule: expect.any(String), message: expect.any(String) });
  });

  it.each([{ calendar: null }, { usesNotifications: null }, { receivesSecondaryReceipts: null }, { name: null }, { accounts: null }])(
    'takes no null for a setting: %j',
    async (changes) => expectProblem(await quadra.send('PATCH', `/api/v1/organizations/${quadra.org}`, changes), 400, 'VALIDATION_FAILED'),
  );

  it('takes no account that ends before it begins', async () => {
    const account = { kind: 'treasury', validFrom: '2026-12-30', validTo: '2026-01-01' };
    expectProblem(await quadra.send('PATCH', `/api/v1/organizations/${quadra.org}`, { accounts: [account] }), 400, 'VALIDATION_FAILED');
  });

  it('keeps settings that are not named', async () => {
    const accounts = [{ iban: 'IT60X0542811101000000123456', kind: 'treasury', validFrom: '2026-01-01' }];
    await quadra.send('PATCH', `/api/v1/organizations/${quadra.org}`, { accounts });
    const { json } = await quadra.send('PATCH', `/api/v1/organizations/${quadra.org}`, {
      receivesSecondaryReceipts: true,
      calendar: 'target-it',
    });
    expect((await quadra.call(`/api/v1/organizations/${quadra.org}?after=${json.position}`)).json.accounts).toEqual(accounts);
    const wrong = await quadra.send('PATCH', `/api/v1/organizations/${quadra.org}`, {
      accounts: [{ iban: 'IT00', kind: 'other', validFrom: '2026-02-30' }],
    });
    expect(wrong.json.errors.map((e: any) => e.field).sort()).toEqual(['accounts.0.iban', 'accounts.0.kind', 'accounts.0.validFrom']);
    expectProblem(await quadra.send('PATCH', `/api/v1/organizations/${UNKNOWN_ORG}`, { calendar: 'target' }), 404, 'ORGANIZATION_UNKNOWN');
  });

  it('does a write once per Idempotency-Key, and refuses the key for another body', async () => {
    const headers = { 'Idempotency-Key': 'a-key' };
    const body = { fiscalCode: '00000000026', name: 'Una volta' };
    const [one, two] = [
      await quadra.send('POST', '/api/v1/organizations', body, { headers }),
      await quadra.send('POST', '/api/v1/organizations', body, { headers }),
    ];
    expect([one.status, two.status, two.json]).toEqual([201, 201, one.json]);
    expect(two.headers.get('Idempotency-Replayed')).toBe('true');
    expectProblem(
      await quadra.send('POST', '/api/v1/organizations', { ...body, name: 'Altro' }, { headers }),
      422,
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect((await quadra.send('PATCH', '/api/v1/organizations/00000000026', { name: 'Altro' }, { headers })).status).toBe(200);
    expectProblem(
      await quadra
        .send('POST', '/api/v1/organizations', body, { headers: { 'Idempotency-Key': ' ' } })
        .then(async () => quadra.call('/api/v1/nowhere')),
      404,
      'NOT_FOUND',
    );
  });

  it('does not keep a refusal under a key: the same request may be right later', async () => {
    const headers = { 'Idempotency-Key': 'too-early' };
    expect((await quadra.send('PATCH', '/api/v1/organizations/00000000034', { name: 'X' }, { headers })).status).toBe(404);
    await quadra.send('POST', '/api/v1/organizations', { fiscalCode: '00000000034', name: 'Tardi' });
    expect((await quadra.send('PATCH', '/api/v1/organizations/00000000034', { name: 'X' }, { headers })).status).toBe(200);
  });
});
