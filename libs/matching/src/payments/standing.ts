import type { FlowFunding, FlowLife, FlowLine, SettlementFlowEvent } from '@quadra/domain';
import { flowFigures, highestVersion, linesByVersion, standingVersions } from '@quadra/domain';
import { ZERO } from '@quadra/kernel';
import type { FlowStanding, StandingLine } from './facts';

/** The flow as its payments see it; undefined while no version of it is complete. */
export const flowStanding = (flow: FlowLife, funding: FlowFunding | undefined): FlowStanding | undefined => {
  const figures = flowFigures(flow);
  if (!figures) return undefined;
  const { regulationOn: _, ...rest } = figures;
  return {
    ...rest,
    allocatedCents: funding?.allocatedCents ?? ZERO,
    surplusCents: funding?.surplusCents ?? ZERO,
    credits: funding?.credits ?? [],
    ...(funding?.creditedOn !== undefined && { creditedOn: funding.creditedOn }),
  };
};

type Identified = { readonly id: string; readonly iuv: string; readonly line: FlowLine; readonly ordinal: number };

/** Lines of one version with their ordinal among equal (IUV, IUR, index). */
const identify = (lines: Iterable<FlowLine>): Identified[] => {
  const seen = new Map<string, number>();
  const result: Identified[] = [];
  for (const line of lines) {
    const key = `${line[0]}|${line[1]}|${line[2]}`;
    const ordinal = seen.get(key) ?? 0;
    seen.set(key, ordinal + 1);
    result.push({ id: `${key}|${ordinal}`, iuv: line[0], line, ordinal });
  }
  return result;
};

/** The payments that any version ever spoke of. */
function* iuvsEver(events: readonly SettlementFlowEvent[]): Generator<string> {
  for (const event of events) if (event.type === 'SettlementLinesReported') for (const [iuv] of event.data.lines) yield iuv;
}

/**
 * The lines of a flow by IUV, as its stream tells them: those of the highest complete version, and those that an earlier
 * one held and the highest dropped. Payments of which only versions taken back speak have no line.
 */
export const standingLines = (flow: FlowLife, events: readonly SettlementFlowEvent[]): Map<string, StandingLine[]> => {
  const result = new Map<string, StandingLine[]>();
  const lines = linesByVersion(events);
  if (events.some((event) => event.type === 'SettlementFlowVoided')) for (const iuv of iuvsEver(events)) result.set(iuv, []);
  const highest = highestVersion(flow);
  const done = new Set<string>();
  const several = standingVersions(flow).length > 1;
  for (const version of standingVersions(flow).reverse()) {
    const { header } = version;
    for (const { id, iuv, line, ordinal } of identify(lines.get(version.version) ?? [])) {
      if (several && done.has(id)) continue;
      if (several) done.add(id);
      const dropped = version !== highest;
      const standing: StandingLine = {
        iuf: header.iuf,
        version: version.version,
        lineIur: line[1],
        lineIndex: line[2],
        ordinal,
        amountCents: line[3],
        outcome: line[4],
        paidOn: line[5],
        psp: header.senderCode,
        ...(header.senderName !== undefined && { pspName: header.senderName }),
        regulationOn: header.regulationOn,
        dropped,
        ...(dropped && { heldTotalCents: header.declaredCents }),
      };
      const known = result.get(iuv);
      if (known) known.push(standing);
      else result.set(iuv, [standing]);
    }
  }
  return result;
};
