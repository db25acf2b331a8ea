import type { Answer } from './testing/instance';
import { MAX_FILE, UNKNOWN_ORG, expectProblem, useInstance } from './testing/instance';

const quadra = useInstance();

describe('taking files in', () => {
  let receipts: { name: string; bytes: Buffer };
  let taken: Answer;

  beforeAll(async () => {
    receipts = quadra.files.find((file) => file.name.startsWith('receipt'))!;
    taken = await quadra.upload(receipts.name, receipts.bytes);
    for (const file of quadra.files) if (file !== receipts) await quadra.upload(file.name, file.bytes);
  }, 120_000);

  it('answers 202 with the file id, and 200 for the same bytes under any name', async () => {
    expect([taken.status, taken.json]).toEqual([
      202,
      { fileId: expect.any(String), status: 'accepted', duplicate: false, position: expect.any(String) },
    ]);
    const again = await quadra.upload('another-name', receipts.bytes);
    expect([again.status, again.json]).toMatchObject([200, { fileId: taken.json.fileId, duplicate: true }]);
  });

  it('tells what became of the records once it is reconciled, and the sum holds', async () => {
    const { json } = await quadra.call(quadra.at(`files/${taken.json.fileId}?after=${taken.json.position}`));
    expect(json).toMatchObject({ fileId: taken.json.fileId, status: 'imported', reconciled: true });
    const { read, recorded, unchanged, conflicting, ignored, rejected } = json.records;
    expect(read).toBeGreaterThan(0);
    expect(recorded + unchanged + conflicting + ignored + rejected).toBe(read);
  });

  it('gives the bytes back as they came, and the rejects as CSV', async () => {
    const original = await fetch(`${quadra.server.url}/api/v1/organizations/${quadra.org}/files/${taken.json.fileId}/original`, {
      headers: { Authorization: `Bearer ${quadra.admin}` },
    });
    expect(Buffer.from(await original.arrayBuffer()).equals(receipts.bytes)).toBe(true);
    const rejects = await quadra.call(quadra.at(`files/${taken.json.fileId}/rejects`));
    expect(rejects.headers.get('Content-Type')).toMatch(/^text\/csv/);
    expect(rejects.text).toMatch(/^(entry;)?line;field;code;message\r\n/);
    for (const path of ['', '/rejects', '/original']) {
      expectProblem(await quadra.call(quadra.at(`files/nothing${path}`)), 404, 'FILE_UNKNOWN');
    }
  });

  it('keeps who asks for the rejects of a file waiting until all of it was read', async () => {
    const rows = Array.from({ length: 3_000 }, (_, n) => `D${n};IUV${n};2026-03-02;not an amount`);
    const header = 'IUD;codIuv;dataEsecuzionePagamento;importoDovutoPagato';
    const bad = await quadra.upload('bad.csv', Buffer.from([header, ...rows].join('\n')));
    const path = quadra.at(`files/${bad.json.fileId}/rejects`);
    const rejects = await quadra.call(`${path}?after=${bad.json.position}`);
    expect([rejects.status, rejects.text.trim().split('\r\n').length]).toEqual([200, 3_001]);
    expectProblem(await quadra.call(`${path}?after=999999999&wait=0`), 503, 'NOT_YET');
  }, 60_000);

  it('refuses a form without a file, an unknown format, a format after the file, and an empty file', async () => {
    const without = new FormData();
    without.set('format', 'receipt-csv');
    expectProblem(await quadra.call(quadra.at('files'), { method: 'POST', body: without }), 400, 'FILE_MISSING');
    expectProblem(await quadra.upload('x', Buffer.from('x'), { format: 'excel' }), 400, 'FORMAT_UNKNOWN');
    expectProblem(await quadra.upload('x', Buffer.alloc(0)), 400, 'FILE_EMPTY');
    const late = new FormData();
    late.set('file', new Blob(['bytes of late']), 'late.csv');
    late.set('format', 'receipt-csv');
    expectProblem(await quadra.call(quadra.at('files'), { method: 'POST', body: late }), 400, 'FORMAT_AFTER_FILE');
    const two = new FormData();
    two.append('file', new Blob(['bytes of one']), 'one');
    two.append('file', new Blob(['bytes of two']), 'two');
    expectProblem(await quadra.call(quadra.at('files'), { method: 'POST', body: two }), 400, 'FILE_MISSING');
  });

  it.each([
    ['a field that the form does not take', ['colour', 'colour'], 'colour'],
    ['a field whose name tempts objects', ['__proto__'], '__proto__'],
    ['a format that is given twice', ['format', 'format'], 'format'],
  ])('refuses %s, and says which field', async (_, names, field) => {
    const form = new FormData();
    for (const name of names) form.append(name, 'receipt-csv');
    form.set('file', new Blob(['bytes beside it']), 'beside');
    const answer = await quadra.call(quadra.at('files'), { method: 'POST', body: form });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.json.errors).toEqual([expect.objectContaining({ field })]);
    const late = new FormData();
    late.set('file', new Blob(['bytes before it']), 'before');
    late.set('colour', 'red');
    expectProblem(await quadra.call(quadra.at('files'), { method: 'POST', body: late }), 400, 'VALIDATION_FAILED');
    const { rows } = await quadra.standalone.pool.query('select name from command.file where name = any($1)', [['beside', 'before']]);
    expect(rows).toEqual([]);
  });

  it('refuses a body that is no form, a form that breaks off, and an organization that is not registered', async () => {
    expectProblem(await quadra.send('POST', quadra.at('files'), {}), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
    const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf of it';
    expectProblem(await quadra.call(quadra.at('files'), { method: 'POST', headers, body }), 400, 'MALFORMED_REQUEST');
    const noBoundary = await quadra.call(quadra.at('files'), {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; x=y' },
      body,
    });
    expectProblem(noBoundary, 400, 'MALFORMED_REQUEST');
    expectProblem(await quadra.upload('x', Buffer.from('x'), { to: UNKNOWN_ORG }), 404, 'ORGANIZATION_UNKNOWN');
    const { rows } = await quadra.standalone.pool.query('select count(*)::int as n from command.file where name = any($1)', [
      ['x', 'late.csv', 'one', 'two'],
    ]);
    expect(rows[0].n).toBe(0);
  });

  it('refuses what is too large, told or found', async () => {
    expectProblem(await quadra.upload('large', Buffer.alloc(MAX_FILE + 200_000, 'x')), 413, 'TOO_LARGE');
    const large = { fiscalCode: quadra.org, name: 'x'.repeat(300_000) };
    expectProblem(await quadra.send('POST', '/api/v1/organizations', large), 413, 'TOO_LARGE');
  });

  it('takes a file of the greatest length and refuses one byte more, whether its length is told or not, and keeps nothing of it', async () => {
    const { pool } = quadra.standalone;
    const stored = async () => (await pool.query('select count(*)::int as n from command.blob_chunk')).rows[0].n;
    expect((await quadra.upload('greatest', Buffer.alloc(MAX_FILE, 'x'))).status).toBe(202);
    const before = await stored();
    expectProblem(await quadra.upload('one more', Buffer.alloc(MAX_FILE + 1, 'y')), 413, 'TOO_LARGE');
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="untold"\r\n\r\n';
    const untold = [Buffer.from(part), Buffer.alloc(MAX_FILE + 1, 'z'), Buffer.alloc(5 * MAX_FILE, 'z'), Buffer.from('\r\n--b--\r\n')];
    for (const sent of [
      [0, 1, 3],
      [0, 1, 2, 3],
    ]) {
      const body = new Blob(sent.map((at) => new Uint8Array(untold[at]!))).stream();
      const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
      const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
      expectProblem(await quadra.call(quadra.at('files'), init), 413, 'TOO_LARGE');
    }
    expect(await stored()).toBe(before);
    expect((await pool.query('select 1 from command.blob_upload')).rows).toEqual([]);
  }, 30_000);

  it('says that it failed when the stored bytes do not open, and sends none', async () => {
    const { pool } = quadra.standalone;
    const path = quadra.at(`files/${taken.json.fileId}/original`);
    const change = (bytes: string) =>
      pool.query(`update command.blob_chunk set bytes = ${bytes} where upload = (select upload from command.blob where sha256 = $1)`, [
        taken.json.fileId.split('_')[0],
      ]);
    await change(`set_byte(bytes, 40, 255 - get_byte(bytes, 40))`);
    const answer = await quadra.call(path);
    expectProblem(answer, 500, 'INTERNAL');
    expect(answer.headers.get('Content-Disposition')).toBeNull();
    await change(`set_byte(bytes, 40, 255 - get_byte(bytes, 40))`);
    expect(await quadra.call(path)).toMatchObject({ status: 200, text: receipts.bytes.toString() });
  });
});
