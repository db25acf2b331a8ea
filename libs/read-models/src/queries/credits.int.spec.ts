import { Pool } from 'pg';
import { createInMemoryStore } from '@quadra/event-store';
import { storeFeed } from '@quadra/event-feed';
import { COMUNE, aCredit, day, idOfCredit } from '../../../../test/support/facts';
import { takeIn } from '../../../../test/support/history';
import { withDatabase, type TestDatabase } from '../../../../test/support/postgres';
import { creditsModel } from '../credits/projection';
import { flowsModel } from '../flows/projection';
import { ReadModelHost } from '../host';
import { organizationsModel } from '../organizations/projection';
import { paymentsModel } from '../payments/projection';
import { Queries } from './queries';

const IUF = '2026-03-03bppiitrrxxx-S01';

describe('the search for credits', () => {
  let database: TestDatabase;
  let pool: Pool;
  let host: ReadModelHost;
  let queries: Queries;
  const store = createInMemoryStore();

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 8 });
    host = new ReadModelHost({
      pool,
      store,
      feed: storeFeed(store),
      factories: [paymentsModel, flowsModel, creditsModel, organizationsModel],
    });
    await host.start();
    queries = new Queries(pool, store, () => () => true);
    const hidden = { endToEndId: 'E2E-HIDDEN', bankReference: 'CRO-HIDDEN', personalRef: 'batch:1', textDigest: 'd1d1d1' };
    const content = aCredit('4411', 98_765, [IUF], {
      ...hidden,
      receiptNumber: '77',
      iuvs: ['RF18539007547034'],
      bookedOn: day('2026-03-04'),
    });
    await takeIn(store, COMUNE, { kind: 'credit', content }, { kind: 'credit', content: aCredit('4412', 1, []) });
    for (const group of host.live) expect(await group.waitFor(await store.head(), 20_000)).toBe(true);
  });

  afterAll(async () => {
    await host.stop();
    await store.close();
    await pool.end();
    await database.drop();
  });

  const found = async (text: string, asOf?: Date): Promise<string[]> =>
    (await queries.credits(COMUNE, { text }, { limit: 10 }, { ...(asOf && { asOf }) })).items.map(({ documentNumber }) => documentNumber);

  it.each([
    ['the number of the document', '4411', ['4411']],
    ['the number of the receipt', '77', ['4411']],
    ['the id of the credit', idOfCredit('4411'), ['4411']],
    ['the beginning of ids', '03069.2026.sospeso.', ['4411', '4412']],
    ['a flow id in the remittance text', IUF, ['4411']],
    ['that flow id in another case', IUF.toUpperCase(), ['4411']],
    ['the beginning of that flow id', '2026-03-03BPPI', ['4411']],
    ['an IUV in the remittance text', 'RF18539007547034', ['4411']],
  ])('finds by %s, now and in the past', async (_, text, numbers) => {
    expect(await found(text)).toEqual(numbers);
    expect(await found(text, new Date())).toEqual(numbers);
  });

  it.each([
    ['the name of a field', 'textDigest'],
    ['an amount', '98765'],
    ['a date', '2026-03-04'],
    ['a reference of the bank, which no answer shows', 'CRO-HIDDEN'],
    ['a part of it', 'E2E-H'],
    ['where personal data lie', 'batch:1'],
    ['a digest, letter by letter', 'd1d1'],
    ['the middle of a flow id', 'bppiitrrxxx'],
    ['a sign of every document', '{'],
  ])('finds nothing by %s', async (_, text) => {
    expect(await found(text)).toEqual([]);
    expect(await found(text, new Date())).toEqual([]);
  });
});
