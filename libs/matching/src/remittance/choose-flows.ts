import { flowKey, type RemittanceCandidate } from '@quadra/domain';

export interface NamedFlow {
  readonly iuf: string;
  readonly tier: RemittanceCandidate['tier'];
  readonly progressive?: number;
}

/**
 * The flows that a credit names: of the spellings of each id those known to the organization, exact before repaired.
 * Several different known spellings in one tier are ambiguous: none is believed. A flow named twice comes once.
 * @param isKnown told in `flowKey` form
 */
export const chooseFlows = (candidates: readonly RemittanceCandidate[], isKnown: (flowKey: string) => boolean): NamedFlow[] => {
  const chosen = new Map<string, NamedFlow>();
  for (const group of groupsOf(candidates)) {
    const flow = chooseOne(group.filter((c) => isKnown(flowKey(c.iuf))));
    if (flow === undefined) continue;
    const key = flowKey(flow.iuf);
    const before = chosen.get(key);
    if (before === undefined || (before.tier === 'repaired' && flow.tier === 'exact')) chosen.set(key, flow);
  }
  return [...chosen.values()];
};

const chooseOne = (known: readonly RemittanceCandidate[]): NamedFlow | undefined => {
  const exact = known.filter((c) => c.tier === 'exact');
  const tier = exact.length > 0 ? exact : known;
  const [first] = tier;
  if (first === undefined || new Set(tier.map((c) => flowKey(c.iuf))).size > 1) return undefined;
  return { iuf: first.iuf, tier: first.tier, ...(first.progressive === undefined ? {} : { progressive: first.progressive }) };
};

/** Candidates without a group stand alone. */
const groupsOf = (candidates: readonly RemittanceCandidate[]): RemittanceCandidate[][] => {
  const groups = new Map<number | string, RemittanceCandidate[]>();
  candidates.forEach((c, index) => {
    const key = c.group ?? `alone ${index}`;
    const group = groups.get(key);
    if (group) group.push(c);
    else groups.set(key, [c]);
  });
  return [...groups.values()];
};
