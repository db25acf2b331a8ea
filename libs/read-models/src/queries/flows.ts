import { toOrg } from '@quadra/kernel';
import type { EventStore } from '@quadra/event-store';
import type { FlowLine, FlowVersion, SettlementFlowEvent } from '@quadra/domain';
import { flowKey, linesByVersion, settlementFlowStream, standingVersions } from '@quadra/domain';
import type { FlowDoc } from '../flows/projection';
import { flowDiscrepancies, shownVersion } from '../flows/projection';
import { flowStanding, linesTotal } from '@quadra/matching';
import { query } from '../model';
import type { Source } from './source';
import type { Page, PageRequest } from './page';
import { Where, decodeCursor, encodeCursor, pageOf } from './page';

export interface FlowFilter {
  readonly state?: string;
  readonly discrepancy?: string;
  readonly psp?: string;
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
}

interface Row {
  flow_key: string;
  iuf: string;
  state: string;
  doc: string;
}

const flowItem = (row: Row) => {
  const doc = JSON.parse(row.doc) as FlowDoc;
  const standing = flowStanding(doc.life, doc.funding);
  const header = shownVersion(doc.life)?.header;
  const total = standing?.totalCents ?? header?.declaredCents ?? 0;
  return {
    iuf: row.iuf,
    psp: header?.senderCode ?? null,
    pspName: header?.senderName ?? null,
    state: row.state,
    discrepancies: flowDiscrepancies(doc.life, standing),
    version: standingVersions(doc.life).length,
    flowDateTime: header?.flowDateTime ?? null,
    regulationOn: header?.regulationOn ?? null,
    trn: header?.trn ?? null,
    declaredCount: header?.declaredCount ?? 0,
    totalCents: total,
    linesCount: standing?.linesCount ?? 0,
    linesCents: standing ? linesTotal(standing) : 0,
    allocatedCents: standing?.allocatedCents ?? 0,
    residualCents: total - (standing?.allocatedCents ?? 0),
    surplusCents: standing?.surplusCents ?? 0,
    credits: standing?.credits ?? [],
    creditedOn: standing?.creditedOn ?? null,
  };
};
export type FlowItem = ReturnType<typeof flowItem>;

export const listFlows = async (source: Source, org: string, filter: FlowFilter, page: PageRequest): Promise<Page<FlowItem>> => {
  const where = new Where()
    .add((p) => `org = ${p}`, org)
    .add((p) => `state = ${p}`, filter.state)
    .add((p) => `discrepancies @> array[${p}::text]`, filter.discrepancy)
    .add((p) => `psp = ${p}`, filter.psp)
    .add((p) => `regulation_on >= ${p}::date`, filter.from)
    .add((p) => `regulation_on <= ${p}::date`, filter.to)
    .add((p) => `starts_with(flow_key, upper(${p}))`, filter.text)
    .after(['flow_key'], decodeCursor(page.cursor, 1));
  const rows = await query<Row>(
    source.client,
    `select flow_key, iuf, state, doc from ${source.schema}.flow ${where.text} order by flow_key limit ${page.limit + 1}`,
    where.values,
  );
  return pageOf(rows, page.limit, (r) => [r.flow_key], flowItem);
};

const load = async (source: Source, org: string, iuf: string): Promise<Row | undefined> =>
  (
    await query<Row>(source.client, `select flow_key, iuf, state, doc from ${source.schema}.flow where org = $1 and flow_key = $2`, [
      org,
      flowKey(iuf),
    ])
  )[0];

export const readFlow = async (source: Source, org: string, iuf: string): Promise<FlowItem | undefined> => {
  const row = await load(source, org, iuf);
  return row && flowItem(row);
};

/** The stream of a flow, up to a position where a past is read. */
const eventsOf = async (store: EventStore, org: string, iuf: string, upTo?: bigint): Promise<SettlementFlowEvent[]> => {
  const events = await store.read(settlementFlowStream(toOrg(org), iuf));
  return events.filter((e) => upTo === undefined || e.position <= upTo) as unknown as SettlementFlowEvent[];
};

const lineId = (l: FlowLine): string => `${l[0]}|${l[1]}|${l[2]}`;
const lineItem = (l: FlowLine) => ({ iuv: l[0], iur: l[1], transferIndex: l[2], amountCents: l[3], outcome: l[4], outcomeOn: l[5] });

/** What a version changed against the one before it. */
const difference = (before: readonly FlowLine[], after: readonly FlowLine[]) => {
  const old = new Map(before.map((l) => [lineId(l), l]));
  const now = new Map(after.map((l) => [lineId(l), l]));
  return {
    added: after.filter((l) => !old.has(lineId(l))).map(lineItem),
    removed: before.filter((l) => !now.has(lineId(l))).map(lineItem),
    changed: after.filter((l) => old.has(lineId(l)) && JSON.stringify(old.get(lineId(l))) !== JSON.stringify(l)).map(lineItem),
  };
};

/** All versions of a flow, lowest first, with the difference of each from the version below it that stands. */
export const readFlowVersions = async (source: Source, store: EventStore, org: string, iuf: string, upTo?: bigint) => {
  const row = await load(source, org, iuf);
  if (!row) return undefined;
  const doc = JSON.parse(row.doc) as FlowDoc;
  const lines = linesByVersion(await eventsOf(store, org, iuf, upTo));
  const standing = standingVersions(doc.life);
  const linesOf = (v: FlowVersion | undefined) => (v && lines.get(v.version)) ?? [];
  const numberOf = (v: FlowVersion) => (standing.includes(v) ? standing.indexOf(v) + 1 : null);
  return Object.keys(doc.life.versions)
    .sort()
    .map((key) => {
      const v = doc.life.versions[key]!;
      return {
        version: numberOf(v),
        flowDateTime: v.header.flowDateTime,
        revision: v.header.revision,
        contentHash: v.header.contentHash,
        complete: v.completed !== undefined,
        voided: v.voided ?? false,
        highest: v === standing.at(-1),
        declaredCount: v.header.declaredCount,
        declaredCents: v.header.declaredCents,
        linesCount: v.completed?.count ?? v.recorded,
        linesCents: v.completed ? linesTotal({ ...v.completed, totalCents: v.header.declaredCents }) : null,
        difference: difference(linesOf(standing.filter((s) => s.version < key).at(-1)), lines.get(key) ?? []),
      };
    });
};

export interface LinesOptions {
  /** Number of the version, from 1; the highest by default. */
  readonly version?: number;
  /** The position that a past is read at. */
  readonly upTo?: bigint;
}

/**
 * The lines of a version, in the order of the document.
 * @returns undefined when the flow is not known, null when it has no such version.
 */
export const readFlowLines = async (
  source: Source,
  store: EventStore,
  org: string,
  iuf: string,
  page: PageRequest,
  { version, upTo }: LinesOptions = {},
) => {
  const row = await load(source, org, iuf);
  if (!row) return undefined;
  const doc = JSON.parse(row.doc) as FlowDoc;
  const standing = standingVersions(doc.life);
  const wanted = version === undefined ? standing.at(-1) : standing[version - 1];
  if (!wanted) return version === undefined ? { items: [], nextCursor: null } : null;
  const lines = linesByVersion(await eventsOf(store, org, iuf, upTo)).get(wanted.version) ?? [];
  const start = Number(decodeCursor(page.cursor, 1)?.[0] ?? 0);
  const items = lines.slice(start, start + page.limit).map(lineItem);
  const next = start + items.length;
  return { items, nextCursor: next < lines.length ? encodeCursor([next]) : null };
};
