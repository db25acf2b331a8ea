import type { ClientBase } from 'pg';
import { decodeId, orgOf } from '@quadra/kernel';
import type { AllocationsChanged, FlowFunding, FlowLife, SettlementFlowEvent } from '@quadra/domain';
import { NO_FLOW, evolveFlow, flowKey, highestVersion, standingVersions } from '@quadra/domain';
import { flowStanding, flowTies, isFunded } from '@quadra/matching';
import type { FlowStanding } from '@quadra/matching';
import { upsertRows } from '@quadra/processing';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { READ_SCHEMA, codeArray, tableName } from '../model';

export const FLOW_TABLE: ModelTable = {
  name: 'flow',
  key: ['org', 'flow_key'],
  columns: [
    'org',
    'flow_key',
    'iuf',
    'psp',
    'state',
    'discrepancies',
    'versions',
    'total_cents',
    'lines_count',
    'lines_cents',
    'allocated_cents',
    'residual_cents',
    'regulation_on',
    'credited_on',
  ],
};

export interface FlowDoc {
  readonly life: FlowLife;
  readonly funding?: FlowFunding;
}

/** `incomplete`: no version was read to its end yet. */
export type FlowState = 'incomplete' | 'unfunded' | 'partlyFunded' | 'funded';

export const flowState = (standing: FlowStanding | undefined): FlowState => {
  if (!standing) return 'incomplete';
  if (standing.creditedOn === undefined) return 'unfunded';
  return isFunded(standing) ? 'funded' : 'partlyFunded';
};

/** What does not tie about the flow itself. */
export const flowDiscrepancies = (life: FlowLife, standing: FlowStanding | undefined): string[] => {
  if (!standing) return [];
  const state = flowState(standing);
  const codes: string[] = [];
  if (state === 'partlyFunded') codes.push('CREDIT_SHORT', 'FLOW_PARTLY_CREDITED');
  if (state === 'funded' && standing.surplusCents > 0) codes.push('CREDIT_OVER');
  if (!flowTies(standing)) codes.push('FLOW_TOTAL_DIFFERS');
  if (standing.rivals.length) codes.push('FLOW_CONFLICT');
  const earlier = standingVersions(life).slice(0, -1);
  const overdrawn = standing.allocatedCents > standing.totalCents && earlier.some((v) => v.header.declaredCents <= standing.allocatedCents);
  if (overdrawn) codes.push('REVISION_AFTER_FUNDING');
  return codes.sort();
};

const rowOf = (org: string, key: string, doc: FlowDoc): UpsertValue[] => {
  const standing = flowStanding(doc.life, doc.funding);
  const highest = highestVersion(doc.life) ?? Object.values(doc.life.versions)[0];
  const total = standing?.totalCents ?? highest?.header.declaredCents ?? 0;
  return [
    org,
    key,
    highest?.header.iuf ?? key,
    highest?.header.senderCode ?? null,
    flowState(standing),
    codeArray(flowDiscrepancies(doc.life, standing)),
    standingVersions(doc.life).length,
    total,
    standing?.linesCount ?? 0,
    standing?.linesCents ?? 0,
    standing?.allocatedCents ?? 0,
    total - (standing?.allocatedCents ?? 0),
    highest?.header.regulationOn ?? null,
    standing?.creditedOn ?? null,
    JSON.stringify(doc),
  ];
};

const ddl = (table: string): string => `
  create schema if not exists ${READ_SCHEMA};
  create table if not exists ${table} (
    org text collate "C" not null, flow_key text collate "C" not null, iuf text not null, psp text, state text not null, discrepancies text[] not null,
    versions int not null, total_cents bigint not null, lines_count int not null, lines_cents bigint not null, allocated_cents bigint not null,
    residual_cents bigint not null, regulation_on date, credited_on date, doc text not null, primary key (org, flow_key)) with (fillfactor = 70);`;

/** One row per settlement flow: its versions, what they declare and hold, and the money that came for it. */
export const flowsModel = (version: number): ReadModel => {
  const table = tableName('flow', version);
  const load = async (tx: ClientBase, keys: readonly string[]): Promise<Map<string, FlowDoc>> => {
    const { rows } = await tx.query(
      `select f.org, f.flow_key, f.doc from (select * from unnest($1::text[], $2::text[]) as u(o, k)) w join ${table} f on f.org = w.o and f.flow_key = w.k`,
      [keys.map((k) => k.slice(0, 11)), keys.map((k) => k.slice(12))],
    );
    return new Map(rows.map((r) => [`${r.org}|${r.flow_key}`, JSON.parse(r.doc)]));
  };
  return {
    name: 'flows',
    version,
    categories: ['settlementFlow', 'reconciliation'],
    batchSize: 2_000,
    tables: [FLOW_TABLE],
    migrate: async (client) => void (await client.query(ddl(table))),
    handle: async (batch, tx) => {
      const touched = new Set<string>();
      for (const e of batch) {
        if (e.stream.startsWith('settlementFlow-'))
          touched.add(`${orgOf(e.stream)}|${decodeId(e.stream.slice(e.stream.indexOf('_') + 1))}`);
        if (e.type === 'AllocationsChanged')
          for (const f of (e.data as AllocationsChanged['data']).flows) touched.add(`${orgOf(e.stream)}|${flowKey(f.iuf)}`);
      }
      const keys = [...touched];
      const docs = await load(tx, keys);
      for (const e of batch) {
        if (e.stream.startsWith('settlementFlow-')) {
          const key = `${orgOf(e.stream)}|${decodeId(e.stream.slice(e.stream.indexOf('_') + 1))}`;
          const doc = docs.get(key) ?? { life: NO_FLOW };
          if (e.revision > doc.life.revision) docs.set(key, { ...doc, life: evolveFlow(doc.life, e as unknown as SettlementFlowEvent) });
        } else if (e.type === 'AllocationsChanged') {
          for (const funding of (e.data as AllocationsChanged['data']).flows) {
            const key = `${orgOf(e.stream)}|${flowKey(funding.iuf)}`;
            docs.set(key, { ...(docs.get(key) ?? { life: NO_FLOW }), funding });
          }
        }
      }
      await upsertRows(
        tx,
        { table, columns: [...FLOW_TABLE.columns, 'doc'], key: FLOW_TABLE.key },
        keys.filter((k) => docs.has(k)).map((k) => rowOf(k.slice(0, 11), k.slice(12), docs.get(k)!)),
      );
    },
  };
};
