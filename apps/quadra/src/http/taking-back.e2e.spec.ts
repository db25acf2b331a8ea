import { UNKNOWN_ORG, expectProblem, useInstance } from './testing/instance';

const quadra = useInstance();

describe('taking back and looking back', () => {
  const lists = ['payments', 'files', 'settlement-flows', 'credits'] as const;
  const itemsOf = async (list: string, query = ''): Promise<unknown[]> =>
    (await quadra.call(quadra.at(`${list}?limit=1000${query}`))).json.items;

  beforeAll(async () => {
    expect((await quadra.call(quadra.at(`payments?limit=1&after=${await quadra.takeAll()}`))).status).toBe(200);
  }, 120_000);

  it('takes a wrong file back, once, and what was known before stays to be read', async () => {
    const one = `/api/v1/organizations/${quadra.org}`;
    const receipts = quadra.files.find((file) => file.name.startsWith('receipt'))!;
    const { fileId } = (await quadra.upload(receipts.name, receipts.bytes)).json;
    const report = `${one}/reports/reconciliation?from=2026-03-01&to=2026-04-10`;
    const before = Object.fromEntries(await Promise.all(lists.map(async (list) => [list, await itemsOf(list)] as const)));
    const { json: reported } = await quadra.call(report);
    const instant = encodeURIComponent(new Date().toISOString());

    const voided = await quadra.send('POST', `${one}/files/${fileId}/void`, { reason: 'receipts of another body' });
    expect([voided.status, voided.json]).toEqual([202, { fileId, status: 'voided', duplicate: false, position: expect.any(String) }]);
    const file = await quadra.call(`${one}/files/${fileId}?after=${voided.json.position}`);
    expect(file.json).toMatchObject({ status: 'voided', reconciled: true, voidedBecause: 'receipts of another body' });
    const again = await quadra.send('POST', `${one}/files/${fileId}/void`, { reason: 'once more' });
    expect([again.status, again.json.duplicate]).toEqual([200, true]);
    expect(await itemsOf('payments')).not.toEqual(before['payments']);
    expect((await quadra.call(`${one}/files?status=voided`)).json.items).toHaveLength(1);

    for (const list of lists) expect({ list, items: await itemsOf(list, `&asOf=${instant}`) }).toEqual({ list, items: before[list] });
    const { json: then } = await quadra.call(`${report}&asOf=${instant}`);
    expect(then.hash).toBe(reported.hash);
    expect((await quadra.call(report)).json.hash).not.toBe(reported.hash);
    const csv = (await quadra.call(`${report}&asOf=${instant}&format=csv`)).text;
    for (const key of ['position', 'asOf', 'ruleSet', 'hash'] as const) expect(csv).toContain(`report;${key};;;${then[key]}`);
    expect(csv).toMatch(/report;coverage journal:\d+;;;2026-/);
    expect(await itemsOf('payments', '&asOf=2020-01-01')).toEqual([]);
    expectProblem(await quadra.call(`${one}/payments?asOf=yesterday`), 400, 'VALIDATION_FAILED');

    const back = await quadra.upload(receipts.name, receipts.bytes);
    expect([back.status, back.json.duplicate]).toEqual([202, false]);
    expect((await quadra.call(`${one}/files/${back.json.fileId}?after=${back.json.position}`)).json.status).toBe('imported');
    expect(await itemsOf('payments')).toEqual(before['payments']);
  }, 60_000);

  it('refuses to take back what is unknown, and what nobody gives a reason for', async () => {
    const one = quadra.at('files');
    expectProblem(await quadra.send('POST', `${one}/${'0'.repeat(64)}_1/void`, { reason: 'r' }), 404, 'FILE_UNKNOWN');
    expectProblem(await quadra.send('POST', `${one}/${encodeURIComponent('../x')}/void`, { reason: 'r' }), 404, 'FILE_UNKNOWN');
    for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(501) }, { reason: 7 }])
      expectProblem(await quadra.send('POST', `${one}/x/void`, body), 400, 'VALIDATION_FAILED');
    expectProblem(await quadra.send('POST', `${one}/x/void`, { reason: 'half \ud800' }), 400, 'INVALID_CHARACTER');
    expectProblem(
      await quadra.send('POST', `/api/v1/organizations/${UNKNOWN_ORG}/files/x/void`, { reason: 'r' }),
      404,
      'ORGANIZATION_UNKNOWN',
    );
  });

  it('passes over nothing that is not parked', async () => {
    expectProblem(await quadra.send('POST', `/api/v1/parked/matcher/${quadra.org}/skip`, { reason: 'r' }), 404, 'NOT_PARKED');
    expectProblem(await quadra.send('POST', `/api/v1/parked/matcher/${quadra.org}/skip`, {}), 400, 'VALIDATION_FAILED');
  });
});
