import { Pool } from 'pg';
import type { StoredEvent } from '@quadra/event-store';
import { COMUNE, aNotice, aReceipt } from '../../../../test/support/facts';
import { withDatabase } from '../../../../test/support/postgres';
import { paymentsModel } from './projection';

const event = (position: number, iuv: string, revision: number, type: string, data: unknown): StoredEvent => ({
  position: BigInt(position),
  stream: `payment-${COMUNE}_${iuv}`,
  revision,
  id: `00000000-0000-5000-8000-${String(position).padStart(12, '0')}`,
  type,
  data,
  meta: { commandId: `c${position}`, actor: 'test', recordedAt: '2026-10-12T08:00:00.000Z' },
});

describe('the payments that the projection still has in memory', () => {
  let database: { url: string; drop(): Promise<void> };
  let pool: Pool;

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url });
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('keep their past when other payments of the same batch push them out', async () => {
    const model = paymentsModel(1, undefined, 2);
    const client = await pool.connect();
    await model.migrate(client);
    await model.handle(
      [event(1, 'A', 0, 'ReceiptReceived', aReceipt('RA', 100)), event(2, 'B', 0, 'ReceiptReceived', aReceipt('RB', 200))],
      client,
    );
    await model.handle(
      [
        event(3, 'C', 0, 'ReceiptReceived', aReceipt('RC', 300)),
        event(4, 'D', 0, 'ReceiptReceived', aReceipt('RD', 400)),
        event(5, 'A', 1, 'PaymentNotified', aNotice('DA', 100)),
      ],
      client,
    );
    const { rows } = await client.query(
      'select iuv, iur, amount_cents::int as cents, notice_cents::int as notice from read.transfer_v1 order by iuv',
    );
    client.release();
    expect(rows).toEqual([
      { iuv: 'A', iur: 'RA', cents: 100, notice: 100 },
      { iuv: 'B', iur: 'RB', cents: 200, notice: null },
      { iuv: 'C', iur: 'RC', cents: 300, notice: null },
      { iuv: 'D', iur: 'RD', cents: 400, notice: null },
    ]);
  });

  it('go on where a build left them that kept their past among the transfers', async () => {
    const model = paymentsModel(7);
    const client = await pool.connect();
    await model.migrate(client);
    await model.handle([event(1, 'A', 0, 'ReceiptReceived', aReceipt('RA', 100))], client);
    await client.query(`alter table read.transfer_v7 add column life text;
      update read.transfer_v7 t set life = (select life from read.payment_v7 p where p.iuv = t.iuv);
      drop table read.payment_v7; create view read.transfer as select * from read.transfer_v7`);

    const next = paymentsModel(7);
    await next.migrate(client);
    await next.migrate(client);
    await next.handle([event(2, 'A', 1, 'PaymentNotified', aNotice('DA', 100))], client);
    const { rows } = await client.query('select iuv, iur, notice_cents::int as notice, born::int, position::int from read.transfer_v7');
    const { rows: columns } = await client.query(
      `select from information_schema.columns where table_name = 'transfer_v7' and column_name = 'life'`,
    );
    client.release();
    expect(rows).toEqual([{ iuv: 'A', iur: 'RA', notice: 100, born: 1, position: 2 }]);
    expect(columns).toEqual([]);
  });
});
