import fc from 'fast-check';
import { Pool, type PoolClient } from 'pg';
import { withDatabase, type TestDatabase } from '../../../test/support/postgres';
import { copyInto, upsertRows } from './copy';
import { CopyWrite } from './copy-write';

describe('rows written in bulk', () => {
  let database: TestDatabase;
  let pool: Pool;
  let client: PoolClient;

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url });
    client = await pool.connect();
    await client.query('create table t (k int primary key, v text, n bigint, b boolean)');
    await client.query('create table pair (a text, b text, primary key (a, b))');
  });
  afterAll(async () => {
    client.release();
    await pool.end();
    await database.drop();
  });
  beforeEach(() => client.query('truncate t, pair'));

  const target = { table: 't', columns: ['k', 'v'], key: ['k'] };
  const values = async (): Promise<(string | null)[]> =>
    (await client.query('select v from t order by k')).rows.map((r: { v: string | null }) => r.v);

  const SPECIAL = [
    '\\',
    '\\N',
    '\\.',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\b\f\v',
    '',
    ' ',
    '"',
    "'",
    '\\\\N\t\n',
    'é€🦄',
    '{a,b}',
    'null',
    '\\x41',
    '\u2028',
    '\\.\n',
  ];

  it('hold every special character as it was', async () => {
    await copyInto(
      client,
      't',
      ['k', 'v'],
      SPECIAL.map((v, k) => [k, v]),
    );
    expect(await values()).toEqual(SPECIAL);
  });

  it('hold any text, null and number as it was, also when it replaces another', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.fullUnicodeString().filter((text) => !text.includes('\0'))), { minLength: 1, maxLength: 20 }),
        async (texts) => {
          await upsertRows(
            client,
            target,
            texts.map((v, k) => [k, v]),
          );
          expect((await values()).slice(0, texts.length)).toEqual(texts);
        },
      ),
      { numRuns: 60 },
    ));

  it.each([1, 600])('hold U+FFFD where half of a character came, whichever way they take (%i rows)', async (count) => {
    const rows = Array.from({ length: count }, (_, k) => [k, `a\ud800b\udc00\\ud83d ${String.fromCodePoint(0x1f600)}`]);
    await upsertRows(client, target, rows);
    expect(new Set(await values())).toEqual(new Set([`a\ufffdb\ufffd\\ud83d ${String.fromCodePoint(0x1f600)}`]));
  });

  it.each(['copied', 'upserted'])('hold numbers beyond 32 bits, booleans and nothing (%s)', async (how) => {
    const columns = ['k', 'n', 'b'];
    const rows = [
      [1, String(2n ** 62n), true],
      [2, Number.MAX_SAFE_INTEGER, false],
      [3, null, undefined],
    ];
    if (how === 'copied') await copyInto(client, 't', columns, rows);
    else await upsertRows(client, { table: 't', columns, key: ['k'] }, rows);
    expect((await client.query('select n, b from t order by k')).rows).toEqual([
      { n: String(2n ** 62n), b: true },
      { n: String(Number.MAX_SAFE_INTEGER), b: false },
      { n: null, b: null },
    ]);
  });

  it('hold arrays and documents, written as PostgreSQL writes them', async () => {
    await client.query('create table if not exists codes (k int primary key, codes text[] not null, doc text)');
    const doc = JSON.stringify({ a: 'x"y\\z', b: [1, null] });
    await upsertRows(client, { table: 'codes', columns: ['k', 'codes', 'doc'], key: ['k'] }, [
      [1, '{A,B}', doc],
      [2, '{}', null],
    ]);
    expect((await client.query('select codes, doc from codes order by k')).rows).toEqual([
      { codes: ['A', 'B'], doc },
      { codes: [], doc: null },
    ]);
  });

  it('have the types of their own columns, however many of the table they name', async () => {
    await upsertRows(client, target, [[1, '7']]);
    await upsertRows(client, { table: 't', columns: ['k', 'n'], key: ['k'] }, [[1, 7]]);
    expect((await client.query('select v, n, b from t')).rows).toEqual([{ v: '7', n: '7', b: null }]);
  });

  it('replace by key what is there and leave the rest', async () => {
    await upsertRows(client, target, [
      [1, 'a'],
      [2, 'b'],
    ]);
    await upsertRows(client, target, [
      [2, 'B'],
      [3, 'c'],
    ]);
    expect(await values()).toEqual(['a', 'B', 'c']);
  });

  it('may be nothing but a key', async () => {
    const key = ['a', 'b'];
    for (let i = 0; i < 2; i++) await upsertRows(client, { table: 'pair', columns: key, key }, [['x', 'y']]);
    expect((await client.query('select * from pair')).rows).toEqual([{ a: 'x', b: 'y' }]);
  });

  it('are many in one go, with special characters all the same', async () => {
    const texts = Array.from({ length: 5_001 }, (_, k) => `${SPECIAL[k % SPECIAL.length]}${k}`);
    for (let i = 0; i < 2; i++) {
      await upsertRows(
        client,
        target,
        texts.map((v, k) => [k, v]),
      );
    }
    expect(await values()).toEqual(texts);
  });

  it('are all written or none: a bad row fails the whole', async () => {
    await expect(
      copyInto(
        client,
        't',
        ['k', 'v'],
        [
          [1, 'a'],
          ['no number', 'b'],
        ],
      ),
    ).rejects.toThrow('invalid input syntax');
    expect(await values()).toEqual([]);
  });

  it('are refused as a whole when a late one is bad, however many pieces are still on the way', async () => {
    const rows = Array.from({ length: 40_000 }, (_, k) => [k === 3_000 ? 'no number' : k, 'x'.repeat(500)]);
    await expect(copyInto(client, 't', ['k', 'v'], rows)).rejects.toThrow('invalid input syntax');
    expect(await values()).toEqual([]);
  });

  it('are not written when their source fails on the way, and the connection goes on', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      for (let k = 0; k < 2_000; k++) yield Buffer.from(`${k}\t${'x'.repeat(1_000)}\n`);
      await Promise.resolve();
      throw new Error('the disk is gone');
    }
    await expect(client.query(new CopyWrite('copy t (k, v) from stdin', failing())).done).rejects.toThrow('the disk is gone');
    expect(await values()).toEqual([]);
  });

  it('end when the server goes away in the middle', async () => {
    const other = await pool.connect();
    const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
    async function* endless(): AsyncGenerator<Buffer> {
      for (let k = 0; ; k++) {
        yield Buffer.from(`${k}\t${'x'.repeat(100_000)}\n`);
        if (k === 50) await client.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
      }
    }
    other.on('error', () => undefined);
    await expect(other.query(new CopyWrite('copy t (k, v) from stdin', endless())).done).rejects.toThrow();
    other.release(true);
    expect(await values()).toEqual([]);
  });

  it('are refused as a whole when the server refuses one while their source still has more, which is asked no further', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield await Promise.resolve(Buffer.from(`${asked++ === 5 ? 'no number' : asked}\t${'x'.repeat(100_000)}\n`));
    }
    await expect(client.query(new CopyWrite('copy t (k, v) from stdin', endless())).done).rejects.toThrow('invalid input syntax');
    expect(await values()).toEqual([]);
    const then = asked;
    await client.query('select pg_sleep(0.05)');
    expect(asked - then).toBeLessThan(10);
  });
});
