import { type Pool } from 'pg';
import { createInMemoryStore, type EventStore } from '@quadra/event-store';
import type { Allocation, CreditEvent, PaymentEvent, PaymentLife, ReconciliationEvent, RecordedReport } from '@quadra/domain';
import {
  NO_CREDIT,
  UNBORN,
  creditStream,
  evolveCredit,
  evolvePayment,
  flowKey,
  netCents,
  paymentStream,
  reconciliationStream,
  transfersOf,
} from '@quadra/domain';
import type { OrgId } from '@quadra/kernel';
import { Stepper, settle } from '../../../../test/support/stepper';
import { takeIn, type Fact } from '../../../../test/support/history';
import { Lifecycle } from '../lifecycle/lifecycle';
import { Matcher } from '../matcher/matcher';
import { RECONCILIATION_SCHEMA as S } from '../rules';

/** The judging side of one test on a store in memory, stepped by hand. */
export class Bench {
  matcher: Stepper;
  lifecycle: Stepper;

  private constructor(
    readonly pool: Pool,
    readonly org: OrgId,
    readonly store: EventStore,
  ) {
    this.matcher = new Stepper(pool, store, new Matcher(store));
    this.lifecycle = new Stepper(pool, store, new Lifecycle(store));
  }

  static async open(pool: Pool, org: OrgId, store: EventStore = createInMemoryStore()): Promise<Bench> {
    const bench = new Bench(pool, org, store);
    await bench.forgetTables();
    return bench;
  }

  /** As after the loss of the write-side database: empty tables, and both processors begin at the first event. */
  async forgetTables(): Promise<void> {
    const client = await this.pool.connect();
    await new Matcher(this.store).migrate(client);
    await new Lifecycle(this.store).migrate(client);
    await client.query(`do $$ declare t text; begin
      for t in select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables where schemaname = '${S}' loop execute 'delete from ' || t; end loop;
    end $$`);
    client.release();
    this.restart();
    this.matcher.position = 0n;
    this.lifecycle.position = 0n;
  }

  /** New processes with nothing in memory, at the positions that were committed. */
  restart(): void {
    const [matcher, lifecycle] = [this.matcher.position, this.lifecycle.position];
    this.matcher = new Stepper(this.pool, this.store, new Matcher(this.store));
    this.lifecycle = new Stepper(this.pool, this.store, new Lifecycle(this.store));
    this.matcher.position = matcher;
    this.lifecycle.position = lifecycle;
  }

  takeIn(...facts: readonly Fact[]): Promise<void> {
    return takeIn(this.store, this.org, ...facts);
  }

  async settle(batchSize?: number): Promise<void> {
    await settle([this.matcher, this.lifecycle], batchSize);
  }

  async life(iuv: string): Promise<PaymentLife> {
    const events = (await this.store.read(paymentStream(this.org, iuv))) as unknown as PaymentEvent[];
    return events.reduce(evolvePayment, UNBORN);
  }

  /** What a credit brings: booked less reversed. */
  async netCents(creditId: string): Promise<number> {
    const events = (await this.store.read(creditStream(this.org, creditId))) as unknown as CreditEvent[];
    return netCents(events.reduce(evolveCredit, NO_CREDIT));
  }

  async typesOf(stream: string): Promise<string[]> {
    return (await this.store.read(stream)).map((event) => event.type);
  }

  /** What the stream of judgements says stands, in the order of credit and flow. */
  async allocations(): Promise<Allocation[]> {
    const standing = new Map<string, Allocation>();
    const idOf = (a: { creditId: string; iuf: string }) => `${a.creditId}|${flowKey(a.iuf)}`;
    for (const event of (await this.store.read(reconciliationStream(this.org))) as unknown as ReconciliationEvent[]) {
      for (const released of event.data.released) standing.delete(idOf(released));
      for (const allocated of event.data.allocated) standing.set(idOf(allocated), allocated);
    }
    return [...standing.keys()].sort().map((key) => standing.get(key)!);
  }

  /** What the matcher's own tables say stands. */
  async allocationTable(): Promise<Allocation[]> {
    const { rows } = await this.pool.query<{ allocation: string }>(
      `select allocation from ${S}.matcher_allocation where org = $1 order by credit_id || '|' || flow_key`,
      [this.org],
    );
    return rows.map((row) => JSON.parse(row.allocation) as Allocation);
  }

  /** The state of the one transfer of a payment, with its discrepancy codes. */
  async standing(iuv: string): Promise<string> {
    return transfersOf(await this.life(iuv))
      .map((t) => [t.state, ...t.discrepancies.map((d) => d.code)].join(' '))
      .join('; ');
  }
}

const comparableLine = ({ version: _, pairedBy: __, ...line }: RecordedReport) => line;

/** What a payment's stream says in the end, without what arrival may decide: revisions, the version a line was read from, how it was first attached. */
export const comparable = (life: PaymentLife): unknown =>
  transfersOf(life).map(({ lines, line, ...view }) => ({
    ...view,
    ...(line && { line: comparableLine(line) }),
    lines: lines.map(comparableLine),
  }));
