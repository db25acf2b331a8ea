import { decodeId } from '@quadra/kernel';
import type { FlowFunding, FlowLife, FlowVersion, SettlementFlowEvent } from '@quadra/domain';
import { NO_FLOW, evolveFlow, flowKey, highestVersion, isVoidedFlow, settlementFlowStream, standingVersions } from '@quadra/domain';
import { flowStanding, flowTies, isFunded, linesTotal } from '@quadra/matching';
import type { FlowStanding } from '@quadra/matching';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { codeArray } from '../model';
import type { MoneyDefinition } from '../money-model';
import { moneyModel } from '../money-model';

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
  hidden: `state = 'voided'`,
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

/** The version that stands for the flow: the highest complete one, else one that is being read. */
export const shownVersion = (life: FlowLife): FlowVersion | undefined =>
  highestVersion(life) ?? Object.values(life.versions).find((v) => !v.voided);

const rowOf = (org: string, key: string, doc: FlowDoc): UpsertValue[] => {
  const standing = flowStanding(doc.life, doc.funding);
  const highest = shownVersion(doc.life);
  const total = standing?.totalCents ?? highest?.header.declaredCents ?? 0;
  return [
    org,
    key,
    highest?.header.iuf ?? key,
    highest?.header.senderCode ?? null,
    isVoidedFlow(doc.life) ? 'voided' : flowState(standing),
    codeArray(flowDiscrepancies(doc.life, standing)),
    standingVersions(doc.life).length,
    total,
    standing?.linesCount ?? 0,
    standing ? linesTotal(standing) : 0,
    standing?.allocatedCents ?? 0,
    total - (standing?.allocatedCents ?? 0),
    highest?.header.regulationOn ?? null,
    standing?.creditedOn ?? null,
  ];
};

/** One row per settlement flow: its versions, what they declare and hold, and the money that came for it. */
export const FLOWS: MoneyDefinition<FlowDoc> = {
  name: 'flows',
  category: 'settlementFlow',
  table: FLOW_TABLE,
  more: [],
  ddl: `org text collate "C" not null, flow_key text collate "C" not null, iuf text not null, psp text, state text not null, discrepancies text[] not null,
    versions int not null, total_cents bigint not null, lines_count int not null, lines_cents bigint not null, allocated_cents bigint not null,
    residual_cents bigint not null, regulation_on date, credited_on date`,
  empty: { life: NO_FLOW },
  idOf: (stream) => decodeId(stream.slice(stream.indexOf('_') + 1)),
  streamOf: settlementFlowStream,
  evolve: (doc, event) => ({ ...doc, life: evolveFlow(doc.life, event as unknown as SettlementFlowEvent) }),
  judged: (change) => change.flows.map((funding) => flowKey(funding.iuf)),
  judge: (doc, key, change) => ({ ...doc, funding: change.flows.find((funding) => flowKey(funding.iuf) === key)! }),
  rowOf,
};

export const flowsModel = (version: number): ReadModel => moneyModel(FLOWS, version);
