import type { PublicEventData } from '@quadra/event-feed';
import type { FlowFunding, FlowLife, FlowVersion } from '@quadra/domain';
import { highestVersion } from '@quadra/domain';
import { flowStanding, flowTies, linesTotal } from '@quadra/matching';
import { flowState } from '../flows/projection';
import type { About, Cause, Draft } from './draft';
import { draft, subjectOf } from './draft';

/** A settlement flow as the public events need it. Plain JSON. */
export interface FlowBook {
  readonly life: FlowLife;
  readonly funding?: FlowFunding;
  /** Cents by credit. */
  readonly shares: Readonly<Record<string, number>>;
}

export interface FlowStep {
  readonly org: string;
  readonly key: string;
  readonly cause: Cause;
  readonly before: FlowBook;
  readonly after: FlowBook;
}

const about = ({ org, key, cause }: FlowStep): About => ({ org, subject: subjectOf(org, 'settlement-flows', key), cause });

/** Whether header and lines of a version agree. */
export const versionTies = ({ header, completed }: FlowVersion): boolean =>
  completed !== undefined &&
  flowTies({
    totalCents: header.declaredCents,
    declaredCount: header.declaredCount,
    linesCount: completed.count,
    linesCents: completed.linesCents,
    revokedCents: completed.revokedCents,
  });

const figures = (version: FlowVersion) => {
  const { header, completed } = version;
  return {
    revision: header.revision,
    flowOn: header.flowDateTime.slice(0, 10),
    regulationOn: header.regulationOn,
    trn: header.trn,
    totalCents: header.declaredCents,
    count: completed?.count ?? 0,
    rowsTotalCents: completed ? linesTotal({ ...completed, totalCents: header.declaredCents }) : 0,
    ties: versionTies(version),
  };
};

const versions = (step: FlowStep): Draft[] => {
  const [old, now] = [highestVersion(step.before.life), highestVersion(step.after.life)];
  if (old?.version === now?.version) return [];
  const { iuf, senderCode: psp } = (now ?? old)!.header;
  const flow = { org: step.org, iuf, psp };
  if (!old) return [draft(about(step), 'it.quadra.flow.published.v1', { ...flow, ...figures(now!) })];
  const because = now && now.version > old.version ? 'revision' : 'withdrawn';
  const data = { ...flow, because, previous: figures(old), current: now ? figures(now) : null } as const;
  return [draft(about(step), 'it.quadra.flow.superseded.v1', data, true)];
};

type FundingData = PublicEventData<'it.quadra.flow.funding-changed.v1'>;

/** The money of a flow; undefined while no version counts. */
const fundingView = (org: string, { life, funding, shares }: FlowBook): FundingData | undefined => {
  const version = highestVersion(life);
  const standing = flowStanding(life, funding);
  if (!version || !standing) return undefined;
  return {
    org,
    iuf: version.header.iuf,
    psp: version.header.senderCode,
    revision: version.header.revision,
    totalCents: standing.totalCents,
    allocatedCents: standing.allocatedCents,
    residualCents: standing.totalCents - standing.allocatedCents,
    credits: Object.keys(shares)
      .sort()
      .map((creditId) => ({ creditId, cents: shares[creditId]! })),
    state: flowState(standing),
    creditedOn: standing.creditedOn,
  };
};

const funding = (step: FlowStep): Draft[] => {
  const [old, now] = [fundingView(step.org, step.before), fundingView(step.org, step.after)];
  const nothing = (view: FundingData | undefined) => !view || (view.allocatedCents === 0 && view.credits.length === 0);
  if (!now || (nothing(old) && nothing(now)) || JSON.stringify(old) === JSON.stringify(now)) return [];
  const correction = old !== undefined && (now.allocatedCents < old.allocatedCents || (old.state === 'funded' && now.state !== 'funded'));
  return [draft(about(step), 'it.quadra.flow.funding-changed.v1', now, correction)];
};

/** What the public is told about one event in the life of a settlement flow. */
export const flowDrafts = (step: FlowStep): Draft[] => [...versions(step), ...funding(step)];
