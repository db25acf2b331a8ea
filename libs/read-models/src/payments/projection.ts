import type { ClientBase } from 'pg';
import { decodeId, orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { PaymentEvent, PaymentLife, TransferView } from '@quadra/domain';
import { UNBORN, evolvePayment, storedLife } from '@quadra/domain';
import { Recent, Upsert, breathe, upsertRows } from '@quadra/processing';
import type { PartScope, UpsertTarget, UpsertValue } from '@quadra/processing';
import type { ReadModel } from '../model';
import { READ_SCHEMA, tableName } from '../model';
import type { PaymentTeller, PaymentTelling } from '../public-events/payment-teller';
import { CALENDAR_TABLE, Calendars } from './calendars';
import type { Calendar, PlacedPayment } from './rows';
import { TRANSFER_COLUMNS, TRANSFER_TABLE, paymentRows } from './rows';

const ddl = (table: string, version: number): string => `
  create schema if not exists ${READ_SCHEMA};
  create table if not exists ${table} (
    org text collate "C" not null, iuv text collate "C" not null, seq smallint not null,
    issuer text, iur text, transfer_index smallint not null, state text not null, discrepancies text[] not null, labels text[] not null,
    amount_cents bigint not null, reported_cents bigint, iuf text, psp text, outcome text, entered_on date not null, exited_on date,
    credit_due_on date not null, flow_due_on date not null, receipt_due_on date, notice_cents bigint, excluded text,
    flow_key text collate "C", iud text, debtor_digest text, lane_key text not null, life text, born bigint not null, position bigint not null,
    primary key (org, iuv, seq)) with (fillfactor = 70);
  create index if not exists transfer_v${version}_flow on ${table} (org, flow_key) where flow_key is not null;`;

interface SqlKnown {
  readonly life: string;
  readonly born: string;
  readonly position: string;
  readonly count: number;
}

const knownOf = ({ life, born, position, count }: SqlKnown): Known => ({
  life: storedLife(JSON.parse(life) as PaymentLife),
  born: BigInt(born),
  position: BigInt(position),
  count,
});

interface Known extends PlacedPayment {
  /** Rows in the table. */
  readonly count: number;
}

/** Some 40 MB at the most: payments whose next event comes soon. */
const RECENT_PAYMENTS = 20_000;

/** Payments that are folded before others have their turn: some 20 ms of work. */
const BREATH = 200;

class PaymentsModel implements ReadModel {
  readonly name = 'payments';
  readonly categories = ['payment', 'organization'];
  readonly batchSize = 20_000;
  readonly tables = [TRANSFER_TABLE, CALENDAR_TABLE];
  private readonly target: UpsertTarget;
  private readonly recent: Recent<Known>;
  private readonly calendars: Calendars;

  constructor(
    readonly version: number,
    recentPayments: number,
    private readonly teller: PaymentTeller | undefined,
  ) {
    this.target = { table: tableName('transfer', version), columns: TRANSFER_COLUMNS, key: TRANSFER_TABLE.key };
    this.recent = new Recent(recentPayments);
    this.calendars = new Calendars(version);
  }

  reset(): void {
    this.recent.clear();
    this.calendars.clear();
  }

  async migrate(client: ClientBase): Promise<void> {
    await client.query(ddl(this.target.table, this.version));
    await this.calendars.migrate(client);
    await this.teller?.migrate(client);
  }

  async handle(all: readonly StoredEvent[], tx: ClientBase): Promise<void> {
    const batch = all.filter((e) => e.stream.startsWith('payment-'));
    const changed = await this.calendars.take(all, tx);
    const telling = await this.teller?.begin(batch, tx);
    const groups = groupByPayment(batch);
    const known = await this.recall(tx, groups);
    const upsert = new Upsert(this.target);
    const shrunk: [string, string, number][] = [];
    let folded = 0;
    for (const [key, group] of groups) {
      const before = known.get(key);
      const rows = this.rowsOf(key, group, before, telling);
      for (const row of rows) upsert.add(row);
      if (before && before.count > rows.length) shrunk.push([group.org, group.iuv, rows.length]);
      if (++folded % BREATH === 0) await breathe();
    }
    await upsert.write(tx);
    if (shrunk.length) await dropSurplus(tx, this.target.table, shrunk);
    await telling?.write();
    for (const org of changed) await rewrite(tx, this.target, org, this.calendars.of(org));
  }

  /** Folds the events of one payment, tells of each, and remembers where it stands. */
  private rowsOf(
    key: string,
    { org, iuv, events }: Group,
    before: Known | undefined,
    telling: PaymentTelling | undefined,
  ): UpsertValue[][] {
    let life = before?.life ?? UNBORN;
    let views: readonly TransferView[] | undefined;
    for (const e of events) {
      if (e.revision <= life.revision) continue;
      const next = evolvePayment(life, e as unknown as PaymentEvent);
      views = telling?.step(org, iuv, e, life, next);
      life = next;
    }
    const placed = { life, born: before?.born ?? events[0]!.position, position: events[events.length - 1]!.position };
    const rows = paymentRows(org, iuv, placed, this.calendars.of(org), views);
    this.recent.set(key, { ...placed, count: rows.length });
    return rows;
  }

  /** What is known of the payments; taken out before anything is put in, since a row that is written may push out one that is still needed. */
  private async recall(tx: ClientBase, groups: ReadonlyMap<string, Group>): Promise<Map<string, Known>> {
    const known = new Map<string, Known>();
    const missing: (readonly [string, string])[] = [];
    for (const [key, { org, iuv, events }] of groups) {
      const entry = this.recent.get(key);
      if (entry) known.set(key, entry);
      else if (events[0]!.revision > 0) missing.push([org, iuv]);
    }
    for (const [key, entry] of await this.load(tx, missing)) known.set(key, entry);
    return known;
  }

  private async load(tx: ClientBase, keys: readonly (readonly [string, string])[]): Promise<Map<string, Known>> {
    if (keys.length === 0) return new Map();
    const { rows } = await tx.query<SqlKnown & { org: string; iuv: string }>(
      `select t.org, t.iuv, max(t.life) as life, max(t.born) as born, max(t.position) as position, count(*)::int as count from (select * from unnest($1::text[], $2::text[]) as u(o, i)) w
       join ${this.target.table} t on t.org = w.o and t.iuv = w.i group by t.org, t.iuv`,
      [keys.map((k) => k[0]), keys.map((k) => k[1])],
    );
    return new Map(rows.map((r) => [`${r.org}|${r.iuv}`, knownOf(r)]));
  }
}

/** One row per transfer, folded from the payment streams. */
export const paymentsModel = (
  version: number,
  { partitions }: Pick<PartScope, 'partitions'> = { partitions: 1 },
  recentPayments = Math.ceil(RECENT_PAYMENTS / partitions),
  teller?: PaymentTeller,
): ReadModel => new PaymentsModel(version, recentPayments, teller);

/** Payments of an organization whose rows are written again at once. */
const PAGE = 5_000;

/** Another calendar gives other terms: all rows of the organization are written again, page by page. */
const rewrite = async (tx: ClientBase, target: UpsertTarget, org: string, calendar: Calendar): Promise<void> => {
  for (let after = ''; ;) {
    const { rows } = await tx.query<SqlKnown & { iuv: string }>(
      `select iuv, life, born, position from ${target.table} where org = $1 and seq = 0 and iuv > $2 order by iuv limit ${PAGE}`,
      [org, after],
    );
    if (rows.length === 0) return;
    await upsertRows(
      tx,
      target,
      rows.flatMap((r) => paymentRows(org, r.iuv, knownOf(r), calendar)),
    );
    after = rows[rows.length - 1]!.iuv;
  }
};

const dropSurplus = (tx: ClientBase, table: string, shrunk: readonly [string, string, number][]): Promise<unknown> =>
  tx.query(
    `delete from ${table} t using unnest($1::text[], $2::text[], $3::int[]) as u(o, i, n) where t.org = u.o and t.iuv = u.i and t.seq >= u.n`,
    [shrunk.map((s) => s[0]), shrunk.map((s) => s[1]), shrunk.map((s) => s[2])],
  );

interface Group {
  readonly org: string;
  readonly iuv: string;
  readonly events: StoredEvent[];
}

const groupByPayment = (batch: readonly StoredEvent[]): Map<string, Group> => {
  const groups = new Map<string, Group>();
  for (const event of batch) {
    const org = orgOf(event.stream);
    const iuv = decodeId(event.stream.slice(event.stream.indexOf('_') + 1));
    const key = `${org}|${iuv}`;
    const known = groups.get(key);
    if (known) known.events.push(event);
    else groups.set(key, { org, iuv, events: [event] });
  }
  return groups;
};
