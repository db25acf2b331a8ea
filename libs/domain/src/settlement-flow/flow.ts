import type { Cents, LocalDate } from '@quadra/kernel';
import { ZERO } from '@quadra/kernel';
import type { FlowHeader, FlowLine, SettlementFlowEvent } from './events';

export interface FlowVersion {
  readonly version: string;
  readonly header: FlowHeader;
  /** Lines recorded so far: tells an interrupted import where to go on. */
  readonly recorded: number;
  readonly completed?: { readonly count: number; readonly linesCents: Cents; readonly revokedCents: Cents };
  readonly voided?: true;
}

/** All versions of a flow, without their lines. Plain JSON. */
export interface FlowLife {
  readonly revision: number;
  readonly versions: Readonly<Record<string, FlowVersion>>;
}

export const NO_FLOW: FlowLife = { revision: -1, versions: {} };

const change = (flow: FlowLife, version: string, by: (v: FlowVersion) => FlowVersion): FlowLife => {
  const known = flow.versions[version];
  const revision = flow.revision + 1;
  return known ? { revision, versions: { ...flow.versions, [version]: by(known) } } : { ...flow, revision };
};

export const evolveFlow = (flow: FlowLife, event: SettlementFlowEvent): FlowLife => {
  switch (event.type) {
    case 'SettlementFlowReported': {
      // Reported anew after a void, a version begins again and stands last in the order of arrival.
      const { version, ...header } = event.data;
      const { [version]: _, ...others } = flow.versions;
      return { revision: flow.revision + 1, versions: { ...others, [version]: { version, header, recorded: 0 } } };
    }
    case 'SettlementLinesReported':
      return change(flow, event.data.version, (v) => ({ ...v, recorded: v.recorded + event.data.lines.length }));
    case 'SettlementFlowCompleted': {
      const { version, ...completed } = event.data;
      return change(flow, version, (v) => ({ ...v, completed }));
    }
    case 'SettlementFlowVoided':
      return change(flow, event.data.version, (v) => ({ ...v, voided: true }));
    default:
      return { ...flow, revision: flow.revision + 1 };
  }
};

/** Complete, not voided versions, lowest first: the order of date-time, revision and content, never of arrival. */
export const standingVersions = (flow: FlowLife): FlowVersion[] =>
  Object.keys(flow.versions)
    .sort()
    .map((key) => flow.versions[key]!)
    .filter((v) => v.completed && !v.voided);

/** Nothing of the flow is left: every version of it was taken back. */
export const isVoidedFlow = (flow: FlowLife): boolean => {
  const versions = Object.values(flow.versions);
  return versions.length > 0 && versions.every((v) => v.voided);
};

/** The lines of every version, as its stream tells them; a version that was reported anew has those of the last time. */
export const linesByVersion = (events: readonly SettlementFlowEvent[]): Map<string, FlowLine[]> => {
  const result = new Map<string, FlowLine[]>();
  for (const event of events) {
    if (event.type === 'SettlementFlowReported') result.set(event.data.version, []);
    if (event.type !== 'SettlementLinesReported') continue;
    const known = result.get(event.data.version);
    if (known) for (const line of event.data.lines) known.push(line);
    else result.set(event.data.version, [...event.data.lines]);
  }
  return result;
};

export const highestVersion = (flow: FlowLife): FlowVersion | undefined => standingVersions(flow).at(-1);

const rank = (v: FlowVersion): string => `${v.header.flowDateTime}|${v.header.revision}`;

/** Versions that claim the same date-time and revision as the highest, with other content. */
export const rivalVersions = (flow: FlowLife): string[] => {
  const highest = highestVersion(flow);
  return highest
    ? standingVersions(flow)
        .filter((v) => v !== highest && rank(v) === rank(highest))
        .map((v) => v.version)
    : [];
};

export interface FlowFigures {
  readonly iuf: string;
  /** Declared total: what the bank transfer must bring. */
  readonly totalCents: Cents;
  readonly declaredCount: number;
  readonly linesCount: number;
  readonly linesCents: Cents;
  /** Of the lines, those with outcome 3. */
  readonly revokedCents: Cents;
  readonly regulationOn: LocalDate;
  /** Versions of equal date-time and revision but other content than the highest. */
  readonly rivals: readonly string[];
}

/** The figures of the highest complete version; undefined while there is none. */
export const flowFigures = (flow: FlowLife): FlowFigures | undefined => {
  const v = highestVersion(flow);
  if (!v) return undefined;
  return {
    iuf: v.header.iuf,
    totalCents: v.header.declaredCents,
    declaredCount: v.header.declaredCount,
    linesCount: v.completed?.count ?? 0,
    linesCents: v.completed?.linesCents ?? ZERO,
    revokedCents: v.completed?.revokedCents ?? ZERO,
    regulationOn: v.header.regulationOn,
    rivals: rivalVersions(flow),
  };
};
