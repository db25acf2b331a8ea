import type { LocalDate } from '@quadra/kernel';
import type { Page, PageRequest } from './page';
import { Where, decodeCursor, pageOf } from './page';
import { query } from '../model';
import type { Source } from './source';
import type { Coverage } from './coverage';
import { readLane } from './lanes';

export interface PaymentFilter {
  readonly state?: string;
  readonly lane?: string;
  readonly discrepancy?: string;
  readonly label?: string;
  readonly issuer?: string;
  readonly iuf?: string;
  readonly psp?: string;
  readonly from?: LocalDate;
  readonly to?: LocalDate;
  readonly minCents?: number;
  readonly maxCents?: number;
  readonly text?: string;
}

/** What a reader of transfers needs to know beside the rows. */
export interface ReadingContext {
  readonly today: LocalDate;
  readonly coverage: Coverage;
  readonly usesNotifications: boolean;
  readonly calendar: 'target-it' | 'target';
}

interface Row {
  iuv: string;
  seq: number;
  issuer: string | null;
  iur: string | null;
  transfer_index: number;
  state: string;
  discrepancies: string[];
  labels: string[];
  amount_cents: string;
  reported_cents: string | null;
  iuf: string | null;
  psp: string | null;
  entered_on: string;
  credit_due_on: string;
  flow_due_on: string;
  lane_key: string;
  excluded: string | null;
}

export interface TransferItem {
  readonly iuv: string;
  readonly issuer: string | null;
  readonly iur: string | null;
  readonly transferIndex: number;
  readonly state: string;
  readonly lane: string;
  readonly discrepancies: readonly string[];
  readonly labels: readonly string[];
  readonly amountCents: number;
  readonly reportedCents?: number;
  readonly iuf?: string;
  readonly psp?: string;
  readonly paidOn: string;
  readonly dueOn: string;
  readonly creditDueOn: string;
  readonly flowDueOn: string;
  readonly calendar: string;
  readonly excludedBecause?: string;
}

/** Labels on notices exist only for a body that uses them; a transfer without any other is unknown to the old table. */
export const shownLabels = (labels: readonly string[], usesNotifications: boolean): string[] => {
  if (usesNotifications) return [...labels];
  const rest = labels.filter((l) => !l.includes('IUD'));
  return rest.length ? rest : ['UNKNOWN'];
};

/** The same in SQL: a filter finds what is shown. */
const hasLabel =
  (usesNotifications: boolean) =>
  (p: string): string =>
    usesNotifications
      ? `labels @> array[${p}::text]`
      : `${p}::text = any(coalesce(nullif(array(select l from unnest(labels) l where strpos(l, 'IUD') = 0), '{}'::text[]), '{UNKNOWN}'))`;

const item = (row: Row, context: ReadingContext): TransferItem => {
  const { lane, late } = readLane(row.lane_key, context.coverage, context.today);
  return {
    iuv: row.iuv,
    issuer: row.issuer,
    iur: row.iur,
    transferIndex: row.transfer_index,
    state: row.state,
    lane,
    discrepancies: [...row.discrepancies, ...late].sort(),
    labels: shownLabels(row.labels, context.usesNotifications),
    amountCents: Number(row.amount_cents),
    ...(row.reported_cents !== null && { reportedCents: Number(row.reported_cents) }),
    ...(row.iuf !== null && { iuf: row.iuf }),
    ...(row.psp !== null && { psp: row.psp }),
    paidOn: row.entered_on,
    dueOn: row.lane_key.split('|')[2]!,
    creditDueOn: row.credit_due_on,
    flowDueOn: row.flow_due_on,
    calendar: context.calendar,
    ...(row.excluded !== null && { excludedBecause: row.excluded }),
  };
};

const COLUMNS = `iuv, seq, issuer, iur, transfer_index, state, discrepancies, labels, amount_cents, reported_cents, iuf, psp, entered_on::text,
  credit_due_on::text, flow_due_on::text, lane_key, excluded`;

const LATE = new Set(['FLOW_LATE', 'CREDIT_LATE']);

/** Lanes and late discrepancies are read, not stored: the keys that give the wanted one are looked up first. */
const laneKeys = async (source: Source, org: string, filter: PaymentFilter, context: ReadingContext): Promise<string[] | undefined> => {
  const late = filter.discrepancy && LATE.has(filter.discrepancy) ? filter.discrepancy : undefined;
  if (filter.lane === undefined && late === undefined) return undefined;
  const keys = await query<{ lane_key: string }>(source.client, `select distinct lane_key from ${source.schema}.transfer where org = $1`, [
    org,
  ]);
  return keys
    .map((k) => k.lane_key)
    .filter((key) => {
      const reading = readLane(key, context.coverage, context.today);
      return (filter.lane === undefined || reading.lane === filter.lane) && (late === undefined || reading.late.includes(late));
    });
};

export const listPayments = async (
  source: Source,
  org: string,
  filter: PaymentFilter,
  page: PageRequest,
  context: ReadingContext,
): Promise<Page<TransferItem>> => {
  const keys = await laneKeys(source, org, filter, context);
  const stored = filter.discrepancy && !LATE.has(filter.discrepancy) ? filter.discrepancy : undefined;
  const where = new Where()
    .add((p) => `org = ${p}`, org)
    .add((p) => `state = ${p}`, filter.state)
    .add((p) => `lane_key = any(${p})`, keys)
    .add((p) => `discrepancies @> array[${p}::text]`, stored)
    .add(hasLabel(context.usesNotifications), filter.label)
    .add((p) => `issuer = ${p}`, filter.issuer)
    .add((p) => `flow_key = upper(${p})`, filter.iuf)
    .add((p) => `psp = ${p}`, filter.psp)
    .add((p) => `entered_on >= ${p}::date`, filter.from)
    .add((p) => `entered_on <= ${p}::date`, filter.to)
    .add((p) => `amount_cents >= ${p}::bigint`, filter.minCents)
    .add((p) => `amount_cents <= ${p}::bigint`, filter.maxCents)
    .add((p) => `(starts_with(iuv, ${p}) or iur = ${p} or iud = ${p} or flow_key = upper(${p}))`, filter.text)
    .after(['iuv', 'seq'], decodeCursor(page.cursor, 2));
  const rows = await query<Row>(
    source.client,
    `select ${COLUMNS} from ${source.schema}.transfer ${where.text} order by iuv, seq limit ${page.limit + 1}`,
    where.values,
  );
  return pageOf(
    rows,
    page.limit,
    (r) => [r.iuv, r.seq],
    (r) => item(r, context),
  );
};
