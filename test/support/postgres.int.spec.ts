import { Client } from 'pg';
import { withDatabase } from './postgres';

const connect = async (url: string): Promise<Client> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

describe('a database for one spec', () => {
  it('is empty, unlike its neighbour, and is gone after drop although a connection was left open', async () => {
    const [mine, other] = await Promise.all([withDatabase(), withDatabase()]);
    const client = await connect(mine.url);
    await client.query('create table t (n int)');
    const neighbour = await connect(other.url);
    expect((await neighbour.query(`select count(*)::int as n from pg_tables where schemaname = 'public'`)).rows).toEqual([{ n: 0 }]);
    await neighbour.end();
    await Promise.all([mine.drop(), other.drop()]);
    await expect(connect(mine.url)).rejects.toThrow(/does not exist/);
    await client.end().catch(() => undefined);
  });

  it('sorts bytewise, as the product does', async () => {
    const database = await withDatabase();
    const client = await connect(database.url);
    const { rows } = await client.query<{ x: string }>(`select x from unnest(array['b', 'A', 'a', 'B']) as x order by x`);
    expect(rows.map((row) => row.x)).toEqual(['A', 'B', 'a', 'b']);
    await client.end();
    await database.drop();
  });
});
