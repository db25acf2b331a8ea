import type { ClientBase } from 'pg';
import type { Cents } from '@quadra/kernel';
import { decodeId, orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { Discrepancy, PaymentEvent, PaymentLife, TransferView } from '@quadra/domain';
import { UNBORN, evolvePayment, flowKey, shownIur, transfersOf } from '@quadra/domain';
import { CUT_OFF, legacyLabels, receiptTerm, settlementTerms } from '@quadra/matching';
import type { SettlementTerms } from '@quadra/matching';
import { Recent, upsertRows } from '@quadra/processing';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { READ_SCHEMA, codeArray, tableName } from '../model';

export const TRANSFER_TABLE: ModelTable = {
  name: 'transfer',
  key: ['org', 'iuv', 'seq'],
  columns: [
    'org',
    'iuv',
    'issuer',
    'iur',
    'transfer_index',
    'state',
    'discrepancies',
    'labels',
    'amount_cents',
    'reported_cents',
    'iuf',
    'psp',
    'outcome',
    'entered_on',
    'exited_on',
    'credit_due_on',
    'flow_due_on',
    'receipt_due_on',
    'notice_cents',
    'excluded',
  ],
};

const ALL_COLUMNS = [
  'org',
  'iuv',
  'seq',
  ...TRANSFER_TABLE.columns.slice(2),
  'flow_key',
  'iud',
  'debtor_digest',
  'lane_key',
  'life',
  'position',
];

const foundCents = (discrepancies: readonly Discrepancy[], code: Discrepancy['code']): Cents | undefined =>
  discrepancies.find((d) => d.code === code)?.foundCents;

/** What the credits that name the flow bring, as the labels compare it with the flow's total. */
const creditsOf = (t: TransferView): Cents[] => {
  const over = foundCents(t.discrepancies, 'CREDIT_OVER') ?? foundCents(t.discrepancies, 'FLOW_PARTLY_CREDITED');
  if (over !== undefined) return [over];
  return t.credited ? [t.credited.allocatedCents] : [];
};

const flowTotal = (t: TransferView): Cents | undefined => {
  const told = t.discrepancies.find((d) => d.code === 'CREDIT_OVER' || d.code === 'FLOW_PARTLY_CREDITED')?.expectedCents;
  return told ?? t.credited?.flowCents ?? t.line?.amountCents;
};

/** All labels that the facts give, those on notices included; readers leave them out for bodies without notices. */
export const transferLabels = (t: TransferView): string[] =>
  legacyLabels(
    {
      receiptCents: t.share?.amountCents,
      receiptOk: t.receipt?.outcome === 'OK',
      noticeCents: t.notice?.amountCents,
      lineCents: t.line && !t.line.withdrawn ? t.line.amountCents : undefined,
      outcome: t.line?.outcome,
      flowTotalCents: flowTotal(t),
      creditCents: creditsOf(t),
      duplicate: t.discrepancies.some((d) => d.code === 'DUPLICATE_PAYMENT' || d.code === 'REPORTED_TWICE'),
    },
    { usesNotifications: true, values: 'correct' },
  );

const CALENDAR = 'target-it';

/** Terms depend on the day and the side of the cut-off only: a few thousand answers serve millions of transfers. */
const knownTerms = new Map<string, SettlementTerms>();

const termsOf = (t: TransferView): SettlementTerms => {
  const paidAt = t.receipt?.paidAt;
  const key = paidAt ? `${paidAt.slice(0, 10)}${paidAt.slice(11) >= CUT_OFF ? '+' : '-'}` : t.enteredOn;
  const known = knownTerms.get(key);
  if (known) return known;
  const terms = settlementTerms(paidAt ? { paidAt } : { paidOn: t.enteredOn }, CALENDAR);
  knownTerms.set(key, terms);
  return terms;
};

/** Money in the books leaves them when it is credited, or when it is known that it never comes. */
const exitOf = (t: TransferView): string | null => {
  if (t.state === 'credited') return laterOf(t.credited!.creditedOn, t.enteredOn);
  return t.state === 'excluded' || t.state === 'revoked' ? t.enteredOn : null;
};

const laterOf = (a: string, b: string): string => (a > b ? a : b);

const receiptDueOn = (t: TransferView): string | undefined =>
  !t.receipt && t.line ? receiptTerm(t.line.outcome, t.line.regulationOn, CALENDAR) : undefined;

/** All that the lane depends on, beside the day and the coverage: `state|codes|dueOn|receiptDueOn`. */
export const laneKeyOf = (t: TransferView): string => {
  const terms = termsOf(t);
  const dueOn = t.state === 'paid' || t.state === 'withdrawn' ? terms.flowDueOn : terms.creditDueOn;
  return `${t.state}|${t.discrepancies.map((d) => d.code).join(',')}|${dueOn}|${receiptDueOn(t) ?? ''}`;
};

const row = (org: string, iuv: string, seq: number, t: TransferView, life: PaymentLife, position: bigint): UpsertValue[] => {
  const terms = termsOf(t);
  return [
    org,
    iuv,
    seq,
    t.issuer,
    shownIur(t.key),
    t.key.index,
    t.state,
    codeArray(t.discrepancies.map((d) => d.code)),
    codeArray(transferLabels(t)),
    t.amountCents,
    t.line?.amountCents,
    t.line?.iuf,
    t.line?.psp ?? t.receipt?.psp,
    t.line?.outcome,
    t.enteredOn,
    exitOf(t),
    terms.creditDueOn,
    terms.flowDueOn,
    receiptDueOn(t),
    t.notice?.amountCents,
    t.excluded,
    t.line ? flowKey(t.line.iuf) : null,
    t.notice?.iud ?? t.receipt?.iud,
    t.receipt?.debtorDigest ?? t.notice?.debtorDigest,
    laneKeyOf(t),
    seq === 0 ? JSON.stringify(life) : null,
    String(position),
  ].map((v) => v ?? null);
};

/** Rows of a payment: one per transfer; the first carries the folded stream. */
const rowsOf = (org: string, iuv: string, life: PaymentLife, position: bigint): UpsertValue[][] =>
  transfersOf(life).map((t, seq) => row(org, iuv, seq, t, life, position));

const ddl = (table: string, version: number): string => `
  create schema if not exists ${READ_SCHEMA};
  create table if not exists ${table} (
    org text collate "C" not null, iuv text collate "C" not null, seq smallint not null,
    issuer text, iur text, transfer_index smallint not null, state text not null, discrepancies text[] not null, labels text[] not null,
    amount_cents bigint not null, reported_cents bigint, iuf text, psp text, outcome text, entered_on date not null, exited_on date,
    credit_due_on date not null, flow_due_on date not null, receipt_due_on date, notice_cents bigint, excluded text,
    flow_key text collate "C", iud text, debtor_digest text, lane_key text not null, life text, position bigint not null,
    primary key (org, iuv, seq)) with (fillfactor = 70);
  create index if not exists transfer_v${version}_flow on ${table} (org, flow_key) where flow_key is not null;`;

interface Known {
  readonly life: PaymentLife;
  /** Rows in the table. */
  readonly count: number;
}

/** Some 40 MB at the most: payments whose next event comes soon. */
const RECENT_PAYMENTS = 20_000;

/** One row per transfer, folded from the payment streams. */
export const paymentsModel = (version: number, recentPayments = RECENT_PAYMENTS): ReadModel => {
  const table = tableName('transfer', version);
  const target = { table, columns: ALL_COLUMNS, key: TRANSFER_TABLE.key };

  const recent = new Recent<Known>(recentPayments);

  const load = async (tx: ClientBase, keys: readonly (readonly [string, string])[]): Promise<Map<string, Known>> => {
    if (keys.length === 0) return new Map();
    const { rows } = await tx.query(
      `select t.org, t.iuv, max(t.life) as life, count(*)::int as count from (select * from unnest($1::text[], $2::text[]) as u(o, i)) w
       join ${table} t on t.org = w.o and t.iuv = w.i group by t.org, t.iuv`,
      [keys.map((k) => k[0]), keys.map((k) => k[1])],
    );
    return new Map(rows.map((r) => [`${r.org}|${r.iuv}`, { life: JSON.parse(r.life), count: r.count }]));
  };

  return {
    name: 'payments',
    version,
    categories: ['payment'],
    batchSize: 5_000,
    tables: [TRANSFER_TABLE],
    reset: () => recent.clear(),
    migrate: async (client) => void (await client.query(ddl(table, version))),
    handle: async (batch, tx) => {
      const groups = groupByPayment(batch);
      // Taken out before anything is put in: a row that is written may push out one that is still needed.
      const known = new Map<string, Known>();
      const missing: (readonly [string, string])[] = [];
      for (const [key, { org, iuv, events }] of groups) {
        const entry = recent.get(key);
        if (entry) known.set(key, entry);
        else if (events[0]!.revision > 0) missing.push([org, iuv]);
      }
      for (const [key, entry] of await load(tx, missing)) known.set(key, entry);
      const rows: UpsertValue[][] = [];
      const shrunk: [string, string, number][] = [];
      for (const [key, { org, iuv, events }] of groups) {
        const before = known.get(key);
        let life = before?.life ?? UNBORN;
        for (const e of events) if (e.revision > life.revision) life = evolvePayment(life, e as unknown as PaymentEvent);
        const own = rowsOf(org, iuv, life, events[events.length - 1]!.position);
        rows.push(...own);
        recent.set(key, { life, count: own.length });
        if (before && before.count > own.length) shrunk.push([org, iuv, own.length]);
      }
      await upsertRows(tx, target, rows);
      if (shrunk.length) await dropSurplus(tx, table, shrunk);
    },
  };
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
