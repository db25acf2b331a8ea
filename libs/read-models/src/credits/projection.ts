import type { ClientBase } from 'pg';
import { addDays, orgOf, toDate } from '@quadra/kernel';
import type { Allocation, AllocationsChanged, CreditEvent, CreditLife } from '@quadra/domain';
import { NO_CREDIT, countingContent, evolveCredit, flowKey, netCents, regularizedCents, reversedCents } from '@quadra/domain';
import { upsertRows } from '@quadra/processing';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { READ_SCHEMA, codeArray, tableName } from '../model';

export const CREDIT_TABLE: ModelTable = {
  name: 'credit',
  key: ['org', 'credit_id'],
  columns: [
    'org',
    'credit_id',
    'treasurer',
    'fiscal_year',
    'kind',
    'document_number',
    'receipt_number',
    'account',
    'booked_on',
    'value_on',
    'amount_cents',
    'reversed_cents',
    'allocated_cents',
    'residual_cents',
    'regularized_cents',
    'state',
    'labels',
    'regularize_by',
  ],
};

export interface CreditDoc {
  readonly life: CreditLife;
  readonly allocations: readonly Allocation[];
}

/** `notPagoPa` and `setAside` come by decision; facts give the other four. `partial`: money is left that nothing explains yet. */
export type CreditState = 'open' | 'partial' | 'explained' | 'notPagoPa' | 'setAside' | 'reversed';

export const creditState = (net: number, reversed: number, allocated: number): CreditState => {
  if (net === 0 && reversed > 0) return 'reversed';
  if (allocated === 0) return 'open';
  return allocated < net ? 'partial' : 'explained';
};

const DAYS_TO_REGULARIZE = 60;

/** 60 days from the booking, and before the treasurer's account of 30 January (TUEL art. 180 c. 4 and 226); provisional credits only. */
export const regularizeBy = (kind: string, bookedOn: string, fiscalYear: number): string | undefined => {
  if (kind !== 'sospeso') return undefined;
  const sixty = addDays(toDate(bookedOn), DAYS_TO_REGULARIZE);
  const account = `${fiscalYear + 1}-01-30`;
  return sixty < account ? sixty : account;
};

const labelsOf = (doc: CreditDoc, allocated: number): string[] => {
  const content = countingContent(doc.life);
  if (!content || allocated > 0) return [];
  return content.candidates.length || content.iuvs.length ? ['TES_NO_IUF_OR_IUV'] : ['TES_NO_MATCH'];
};

const rowOf = (org: string, id: string, doc: CreditDoc): UpsertValue[] => {
  const content = countingContent(doc.life);
  const [treasurer, year, kind, number] = id.split('.').map(decodeURIComponent);
  const allocated = doc.allocations.reduce((sum, a) => sum + a.cents, 0);
  const net = netCents(doc.life);
  const reversed = reversedCents(doc.life);
  const state = creditState(net, reversed, allocated);
  return [
    org,
    id,
    treasurer,
    Number(year),
    kind,
    content?.documentNumber ?? number,
    content?.receiptNumber ?? null,
    content?.account ?? null,
    content?.bookedOn ?? null,
    content?.valueOn ?? null,
    content?.amountCents ?? 0,
    reversed,
    allocated,
    net - allocated,
    regularizedCents(doc.life),
    state,
    codeArray(state === 'reversed' ? [] : labelsOf(doc, allocated)),
    content ? (regularizeBy(content.kind, content.bookedOn, content.fiscalYear) ?? null) : null,
    codeArray(candidateKeys(doc)),
    codeArray(content?.iuvs.filter((iuv) => /^\w+$/.test(iuv)) ?? []),
    JSON.stringify(doc),
  ];
};

const candidateKeys = (doc: CreditDoc): string[] => [...new Set((countingContent(doc.life)?.candidates ?? []).map((c) => flowKey(c.iuf)))];

const ddl = (table: string): string => `
  create schema if not exists ${READ_SCHEMA};
  create table if not exists ${table} (
    org text collate "C" not null, credit_id text collate "C" not null, treasurer text, fiscal_year int, kind text, document_number text, receipt_number text,
    account text, booked_on date, value_on date, amount_cents bigint not null, reversed_cents bigint not null, allocated_cents bigint not null,
    residual_cents bigint not null, regularized_cents bigint not null, state text not null, labels text[] not null, regularize_by date,
    candidate_keys text[] not null, iuvs text[] not null, doc text not null, primary key (org, credit_id)) with (fillfactor = 70);`;

const applyAllocations = (doc: CreditDoc, id: string, data: AllocationsChanged['data']): CreditDoc => {
  const gone = new Set([...data.released, ...data.allocated].filter((a) => a.creditId === id).map((a) => flowKey(a.iuf)));
  const kept = doc.allocations.filter((a) => !gone.has(flowKey(a.iuf)));
  const allocations = [...kept, ...data.allocated.filter((a) => a.creditId === id)];
  return { ...doc, allocations: allocations.sort((a, b) => (flowKey(a.iuf) < flowKey(b.iuf) ? -1 : 1)) };
};

/** One row per credit: what it is, what took it back, what it pays for, what is left. */
export const creditsModel = (version: number): ReadModel => {
  const table = tableName('credit', version);
  const load = async (tx: ClientBase, keys: readonly string[]): Promise<Map<string, CreditDoc>> => {
    const { rows } = await tx.query(
      `select c.org, c.credit_id, c.doc from (select * from unnest($1::text[], $2::text[]) as u(o, k)) w join ${table} c on c.org = w.o and c.credit_id = w.k`,
      [keys.map((k) => k.slice(0, 11)), keys.map((k) => k.slice(12))],
    );
    return new Map(rows.map((r) => [`${r.org}|${r.credit_id}`, JSON.parse(r.doc)]));
  };
  return {
    name: 'credits',
    version,
    categories: ['credit', 'reconciliation'],
    batchSize: 2_000,
    tables: [CREDIT_TABLE],
    migrate: async (client) => void (await client.query(ddl(table))),
    handle: async (batch, tx) => {
      const touched = new Set<string>();
      for (const e of batch) {
        if (e.stream.startsWith('credit-')) touched.add(`${orgOf(e.stream)}|${e.stream.slice(e.stream.indexOf('_') + 1)}`);
        for (const id of changedCredits(e)) touched.add(`${orgOf(e.stream)}|${id}`);
      }
      const keys = [...touched];
      const docs = await load(tx, keys);
      for (const e of batch) {
        const org = orgOf(e.stream);
        if (e.stream.startsWith('credit-')) {
          const key = `${org}|${e.stream.slice(e.stream.indexOf('_') + 1)}`;
          const doc = docs.get(key) ?? { life: NO_CREDIT, allocations: [] };
          if (e.revision > doc.life.revision) docs.set(key, { ...doc, life: evolveCredit(doc.life, e as unknown as CreditEvent) });
        }
        for (const id of changedCredits(e)) {
          const doc = docs.get(`${org}|${id}`) ?? { life: NO_CREDIT, allocations: [] };
          docs.set(`${org}|${id}`, applyAllocations(doc, id, e.data as AllocationsChanged['data']));
        }
      }
      await upsertRows(
        tx,
        { table, columns: [...CREDIT_TABLE.columns, 'candidate_keys', 'iuvs', 'doc'], key: CREDIT_TABLE.key },
        keys.filter((k) => docs.has(k)).map((k) => rowOf(k.slice(0, 11), k.slice(12), docs.get(k)!)),
      );
    },
  };
};

const changedCredits = (e: { type: string; data: unknown }): string[] => {
  if (e.type !== 'AllocationsChanged') return [];
  const { released, allocated } = e.data as AllocationsChanged['data'];
  return [...new Set([...released, ...allocated].map((a) => a.creditId))];
};
