import type { ClientBase } from 'pg';
import { decodeId, orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { PaymentEvent, PaymentLife, TransferView } from '@quadra/domain';
import { UNBORN, evolvePayment, storedLife } from '@quadra/domain';
import { Recent, Upsert, breathe, upsertRows } from '@quadra/processing';
import type { PartScope, UpsertTarget, UpsertValue } from '@quadra/processing';
import type { ReadModel } from '../model';
import { tableName } from '../model';
import type { PaymentTeller, PaymentTelling } from '../public-events/payment-teller';
import { CALENDAR_TABLE, Calendars } from './calendars';
import { migratePayments } from './migrate';
import type { Calendar, PlacedPayment } from './rows';
import { PAYMENT_COLUMNS, PAYMENT_TABLE, TRANSFER_COLUMNS, TRANSFER_TABLE, paymentRow, transferRows } from './rows';

interface SqlKnown {
  readonly life: string;
  readonly born: string;
  readonly position: string;
  readonly transfers: number;
}

const KNOWN = 'life, born, position, transfers';

const knownOf = ({ life, born, position, transfers }: SqlKnown): Known => ({
  life: storedLife(JSON.parse(life) as PaymentLife),
  born: BigInt(born),
  position: BigInt(position),
  transfers,
});

interface Known extends PlacedPayment {
  /** Rows among the transfers. */
  readonly transfers: number;
}

interface Targets {
  readonly transfers: UpsertTarget;
  readonly payments: UpsertTarget;
}

/** Some 40 MB at the most: payments whose next event comes soon. */
const RECENT_PAYMENTS = 20_000;

/** Payments that are folded before others have their turn: some 20 ms of work. */
const BREATH = 200;

class PaymentsModel implements ReadModel {
  readonly name = 'payments';
  readonly categories = ['payment', 'organization'];
  readonly batchSize = 20_000;
  readonly tables = [TRANSFER_TABLE, PAYMENT_TABLE, CALENDAR_TABLE];
  private readonly targets: Targets;
  private readonly recent: Recent<Known>;
  private readonly calendars: Calendars;

  constructor(
    readonly version: number,
    recentPayments: number,
    private readonly teller: PaymentTeller | undefined,
  ) {
    this.targets = {
      transfers: { table: tableName(TRANSFER_TABLE.name, version), columns: TRANSFER_COLUMNS, key: TRANSFER_TABLE.key },
      payments: { table: tableName(PAYMENT_TABLE.name, version), columns: PAYMENT_COLUMNS, key: PAYMENT_TABLE.key },
    };
    this.recent = new Recent(recentPayments);
    this.calendars = new Calendars(version);
  }

  reset(): void {
    this.recent.clear();
    this.calendars.clear();
  }

  async migrate(client: ClientBase): Promise<void> {
    await migratePayments(client, this.version);
    await this.calendars.migrate(client);
    await this.teller?.migrate(client);
  }

  async handle(all: readonly StoredEvent[], tx: ClientBase): Promise<void> {
    const batch = all.filter((e) => e.stream.startsWith('payment-'));
    const changed = await this.calendars.take(all, tx);
    const telling = await this.teller?.begin(batch, tx);
    const groups = groupByPayment(batch);
    const known = await this.recall(tx, groups);
    const [transfers, payments] = [new Upsert(this.targets.transfers), new Upsert(this.targets.payments)];
    const shrunk: [string, string, number][] = [];
    let folded = 0;
    for (const [key, group] of groups) {
      const before = known.get(key);
      const { placed, rows } = this.fold(group, before, telling);
      for (const row of rows) transfers.add(row);
      payments.add(paymentRow(group.org, group.iuv, placed, rows.length));
      this.recent.set(key, { ...placed, transfers: rows.length });
      if (before && before.transfers > rows.length) shrunk.push([group.org, group.iuv, rows.length]);
      if (++folded % BREATH === 0) await breathe();
    }
    await transfers.write(tx);
    await payments.write(tx);
    if (shrunk.length) await dropSurplus(tx, this.targets.transfers.table, shrunk);
    await telling?.write();
    for (const org of changed) await rewrite(tx, this.targets, org, this.calendars.of(org));
  }

  /** Folds the events of one payment and tells of each. @returns where it stands, and its rows among the transfers. */
  private fold(
    { org, iuv, events }: Group,
    before: Known | undefined,
    telling: PaymentTelling | undefined,
  ): { placed: PlacedPayment; rows: UpsertValue[][] } {
    let life = before?.life ?? UNBORN;
    let views: readonly TransferView[] | undefined;
    for (const e of events) {
      if (e.revision <= life.revision) continue;
      const next = evolvePayment(life, e as unknown as PaymentEvent);
      views = telling?.step(org, iuv, e, life, next);
      life = next;
    }
    const placed = { life, born: before?.born ?? events[0]!.position, position: events[events.length - 1]!.position };
    return { placed, rows: transferRows(org, iuv, placed, this.calendars.of(org), views) };
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
      `select ${KNOWN}, p.org, p.iuv from unnest($1::text[], $2::text[]) as w(o, i) join ${this.targets.payments.table} p on p.org = w.o and p.iuv = w.i`,
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
const rewrite = async (tx: ClientBase, { transfers, payments }: Targets, org: string, calendar: Calendar): Promise<void> => {
  for (let after = ''; ;) {
    const { rows } = await tx.query<SqlKnown & { iuv: string }>(
      `select ${KNOWN}, iuv from ${payments.table} where org = $1 and iuv > $2 order by iuv limit ${PAGE}`,
      [org, after],
    );
    if (rows.length === 0) return;
    await upsertRows(
      tx,
      transfers,
      rows.flatMap((r) => transferRows(org, r.iuv, knownOf(r), calendar)),
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
