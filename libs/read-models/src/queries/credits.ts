import { balanceCents, countingContent, movementKey } from '@quadra/domain';
import type { CreditContent } from '@quadra/domain';
import { creditLabels } from '@quadra/matching';
import type { CreditDoc } from '../credits/projection';
import { query } from '../model';
import type { Source } from './source';
import type { Page, PageRequest } from './page';
import { Where, decodeCursor, pageOf } from './page';

export interface CreditFilter {
  readonly state?: string;
  readonly label?: string;
  readonly fiscalYear?: number;
  readonly from?: string;
  readonly to?: string;
  readonly minCents?: number;
  readonly maxCents?: number;
  /** A document or receipt number or an IUV in the remittance text, or the beginning of a credit id or of a flow id in it. */
  readonly text?: string;
}

interface Row {
  credit_id: string;
  treasurer: string;
  fiscal_year: number;
  kind: string;
  document_number: string;
  receipt_number: string | null;
  account: string | null;
  booked_on: string | null;
  value_on: string | null;
  amount_cents: string;
  reversed_cents: string;
  allocated_cents: string;
  residual_cents: string;
  regularized_cents: string;
  state: string;
  labels: string[];
  names_known: boolean;
  regularize_by: string | null;
  doc: string;
}

const hasId = (content: CreditContent | undefined): boolean => (content?.candidates.length ?? 0) + (content?.iuvs.length ?? 0) > 0;

type Movement = Parameters<typeof movementKey>[0];

const placeOf = (m: Movement): string => [m.on, m.orderYear ?? '', m.order ?? '', m.document ?? '', movementKey(m)].join('|');

/** By day, order and content, since a stream holds movements in the order of their arrival. */
const inOrder = <T extends Movement>(movements: readonly T[]): T[] => [...movements].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));

const creditItem = (r: Row) => {
  const doc = JSON.parse(r.doc) as CreditDoc;
  const content = countingContent(doc.life);
  return {
    creditId: r.credit_id,
    treasurer: r.treasurer,
    fiscalYear: r.fiscal_year,
    kind: r.kind,
    documentNumber: r.document_number,
    ...(r.receipt_number !== null && { receiptNumber: r.receipt_number }),
    account: r.account,
    bookedOn: r.booked_on,
    valueOn: r.value_on,
    amountCents: Number(r.amount_cents),
    reversedCents: Number(r.reversed_cents),
    netCents: balanceCents(doc.life),
    allocatedCents: Number(r.allocated_cents),
    residualCents: Number(r.residual_cents),
    regularizedCents: Number(r.regularized_cents),
    state: r.state,
    labels: r.labels.length ? creditLabels({ hasId: hasId(content), isKnown: r.names_known }) : [],
    candidates: content?.candidates ?? [],
    iuvs: content?.iuvs ?? [],
    allocations: doc.allocations.map(({ creditId: _, cents, ...a }) => ({ ...a, amountCents: cents })),
    reversals: inOrder(doc.life.reversals),
    regularizations: inOrder(doc.life.regularizations),
    reversions: inOrder(doc.life.reversions),
    regularizeBy: r.regularize_by,
  };
};
export type CreditItem = ReturnType<typeof creditItem>;

/** The text names a flow or a payment that the organization knows: then the old table's labels for stray money do not hold. */
const namesKnown = (
  schema: string,
): string => `(exists (select 1 from ${schema}.flow f where f.org = c.org and f.flow_key = any(c.candidate_keys) and f.state <> 'incomplete')
  or exists (select 1 from ${schema}.transfer t where t.org = c.org and t.iuv = any(c.iuvs)))`;

const columns = (
  schema: string,
): string => `credit_id, treasurer, fiscal_year, kind, document_number, receipt_number, account, booked_on::text, value_on::text, amount_cents, reversed_cents,
  allocated_cents, residual_cents, regularized_cents, state, labels, regularize_by::text, doc, ${namesKnown(schema)} as names_known`;

/** Only what the answer shows: whoever searches learns nothing else about a credit. */
const namedBy = (
  p: string,
): string => `(document_number = ${p} or receipt_number = ${p} or starts_with(credit_id, ${p}) or ${p} = any(c.iuvs)
  or exists (select 1 from unnest(c.candidate_keys) as named(flow_key) where starts_with(named.flow_key, upper(${p}))))`;

export const listCredits = async (source: Source, org: string, filter: CreditFilter, page: PageRequest): Promise<Page<CreditItem>> => {
  const where = new Where()
    .add((p) => `org = ${p}`, org)
    .add((p) => `state = ${p}`, filter.state)
    .add((p) => `labels @> array[${p}::text] and not ${namesKnown(source.schema)}`, filter.label)
    .add((p) => `fiscal_year = ${p}::int`, filter.fiscalYear)
    .add((p) => `booked_on >= ${p}::date`, filter.from)
    .add((p) => `booked_on <= ${p}::date`, filter.to)
    .add((p) => `amount_cents >= ${p}::bigint`, filter.minCents)
    .add((p) => `amount_cents <= ${p}::bigint`, filter.maxCents)
    .add(namedBy, filter.text)
    .after(['credit_id'], decodeCursor(page.cursor, 1));
  const rows = await query<Row>(
    source.client,
    `select ${columns(source.schema)} from ${source.schema}.credit c ${where.text} order by c.credit_id limit ${page.limit + 1}`,
    where.values,
  );
  return pageOf(rows, page.limit, (r) => [r.credit_id], creditItem);
};

export const readCredit = async (source: Source, org: string, creditId: string): Promise<CreditItem | undefined> => {
  const [row] = await query<Row>(
    source.client,
    `select ${columns(source.schema)} from ${source.schema}.credit c where org = $1 and credit_id = $2`,
    [org, creditId],
  );
  return row && creditItem(row);
};
