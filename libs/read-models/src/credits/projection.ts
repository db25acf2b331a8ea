import { addDays, toDate } from '@quadra/kernel';
import type { Allocation, AllocationsChanged, CreditEvent, CreditLife } from '@quadra/domain';
import {
  NO_CREDIT,
  balanceCents,
  countingContent,
  creditStream,
  evolveCredit,
  flowKey,
  isVoidedCredit,
  regularizedCents,
  reversedCents,
} from '@quadra/domain';
import { creditLabels } from '@quadra/matching';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { codeArray } from '../model';
import type { MoneyDefinition } from '../money-model';
import { moneyModel } from '../money-model';

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
  hidden: `state = 'voided'`,
};

export interface CreditDoc {
  readonly life: CreditLife;
  readonly allocations: readonly Allocation[];
}

/** `notPagoPa` and `setAside` come by decision; facts give the other four. `partial`: money is left that nothing explains yet. */
export type CreditState = 'open' | 'partial' | 'explained' | 'notPagoPa' | 'setAside' | 'reversed';

export const creditState = (net: number, reversed: number, allocated: number): CreditState => {
  if (net <= 0 && reversed > 0) return 'reversed';
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

/** As long as nobody knows what the text names; readers ask again, because a flow may become known at any time. */
const labelsOf = (doc: CreditDoc, allocated: number): string[] => {
  const content = countingContent(doc.life);
  if (!content || allocated > 0) return [];
  return creditLabels({ hasId: content.candidates.length + content.iuvs.length > 0, isKnown: false });
};

const rowOf = (org: string, id: string, doc: CreditDoc): UpsertValue[] => {
  const content = countingContent(doc.life);
  const [treasurer, year, kind, number] = id.split('.').map(decodeURIComponent);
  const allocated = doc.allocations.reduce((sum, a) => sum + a.cents, 0);
  const net = balanceCents(doc.life);
  const reversed = reversedCents(doc.life);
  const state = isVoidedCredit(doc.life) ? 'voided' : creditState(net, reversed, allocated);
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
    codeArray(state === 'reversed' || state === 'voided' ? [] : labelsOf(doc, allocated)),
    content ? (regularizeBy(content.kind, content.bookedOn, content.fiscalYear) ?? null) : null,
    codeArray(candidateKeys(doc)),
    codeArray(content?.iuvs.filter((iuv) => /^\w+$/.test(iuv)) ?? []),
  ];
};

const candidateKeys = (doc: CreditDoc): string[] => [...new Set((countingContent(doc.life)?.candidates ?? []).map((c) => flowKey(c.iuf)))];

const applyAllocations = (doc: CreditDoc, id: string, data: AllocationsChanged['data']): CreditDoc => {
  const gone = new Set([...data.released, ...data.allocated].filter((a) => a.creditId === id).map((a) => flowKey(a.iuf)));
  const kept = doc.allocations.filter((a) => !gone.has(flowKey(a.iuf)));
  const allocations = [...kept, ...data.allocated.filter((a) => a.creditId === id)];
  return { ...doc, allocations: allocations.sort((a, b) => (flowKey(a.iuf) < flowKey(b.iuf) ? -1 : 1)) };
};

/** One row per credit: what it is, what took it back, what it pays for, what is left. */
export const CREDITS: MoneyDefinition<CreditDoc> = {
  name: 'credits',
  category: 'credit',
  table: CREDIT_TABLE,
  more: ['candidate_keys', 'iuvs'],
  ddl: `org text collate "C" not null, credit_id text collate "C" not null, treasurer text, fiscal_year int, kind text, document_number text, receipt_number text,
    account text, booked_on date, value_on date, amount_cents bigint not null, reversed_cents bigint not null, allocated_cents bigint not null,
    residual_cents bigint not null, regularized_cents bigint not null, state text not null, labels text[] not null, regularize_by date,
    candidate_keys text[] not null, iuvs text[] not null`,
  empty: { life: NO_CREDIT, allocations: [] },
  idOf: (stream) => stream.slice(stream.indexOf('_') + 1),
  streamOf: creditStream,
  evolve: (doc, event) => ({ ...doc, life: evolveCredit(doc.life, event as unknown as CreditEvent) }),
  judged: ({ released, allocated }) => [...new Set([...released, ...allocated].map((a) => a.creditId))],
  judge: applyAllocations,
  rowOf,
};

export const creditsModel = (version: number): ReadModel => moneyModel(CREDITS, version);
