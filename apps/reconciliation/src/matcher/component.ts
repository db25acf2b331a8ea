import type { ClientBase } from 'pg';
import type { CreditLife, FlowLife } from '@quadra/domain';
import { countingContent, flowFigures, flowKey, netCents, standingVersions } from '@quadra/domain';
import type { CreditClaim, FlowNeed } from '@quadra/matching';
import { chooseFlows } from '@quadra/matching';
import type { CreditRow, FlowRow } from './tables';
import { creditsNaming, flowsEverNamed, loadCredits, loadFlows, orgKey } from './tables';

/** Flows and credits that candidates link, whole: what must be judged together. */
export interface Neighbourhood {
  readonly flows: Map<string, FlowRow>;
  readonly credits: Map<string, CreditRow>;
}

type Pair = readonly [org: string, key: string];

const candidatesOf = (credit: CreditRow): Pair[] =>
  credit.life.contents.flatMap((content) => content.candidates.map((c) => [credit.org, flowKey(c.iuf)] as const));

/** Widens what a batch touched to whole components: flows to the credits that name them, credits to the flows they name. */
export const widen = async (tx: ClientBase, touched: Neighbourhood): Promise<Neighbourhood> => {
  const flows = new Map(touched.flows);
  const credits = new Map(touched.credits);
  const asked = new Set<string>([...flows.keys()]);
  let newFlows: Pair[] = [...flows.values()].map((f) => [f.org, f.flowKey] as const);
  let newCredits: CreditRow[] = [...credits.values()];
  while (newFlows.length || newCredits.length) {
    const ids = (await creditsNaming(tx, newFlows)).filter(([org, id]) => !credits.has(orgKey(org, id)));
    const found = await loadCredits(tx, ids);
    for (const c of found) credits.set(orgKey(c.org, c.creditId), c);
    const keys = new Map<string, Pair>();
    for (const c of [...newCredits, ...found]) {
      for (const pair of candidatesOf(c)) if (!asked.has(orgKey(...pair))) keys.set(orgKey(...pair), pair);
    }
    for (const key of keys.keys()) asked.add(key);
    for (const f of await loadFlows(tx, [...keys.values()])) flows.set(orgKey(f.org, f.flowKey), f);
    newFlows = [...keys.values()];
    newCredits = [];
  }
  return { flows, credits };
};

/**
 * A credit of which a content was taken back may have paid for flows that nothing of it names any more, or have been a surplus of
 * theirs: these are touched too.
 */
export const withFlowsOnceNamed = async (tx: ClientBase, touched: Neighbourhood, voided: ReadonlySet<string>): Promise<Neighbourhood> => {
  const credits = [...touched.credits].filter(([key]) => voided.has(key)).map(([, c]) => [c.org, c.creditId] as const);
  if (credits.length === 0) return touched;
  const missing = (await flowsEverNamed(tx, credits)).filter((pair) => !touched.flows.has(orgKey(...pair)));
  const found = (await loadFlows(tx, missing)).map((f) => [orgKey(f.org, f.flowKey), f] as const);
  return { ...touched, flows: new Map([...touched.flows, ...found]) };
};

export const needOf = (key: string, life: FlowLife): FlowNeed | undefined => {
  const figures = flowFigures(life);
  if (!figures) return undefined;
  const earlierTotals = standingVersions(life)
    .slice(0, -1)
    .map((v) => v.header.declaredCents);
  return { flowKey: key, iuf: figures.iuf, totalCents: figures.totalCents, earlierTotals };
};

/** A credit with the known flows that its text names; a string is believed only when such a flow is known. */
export const claimOf = (creditId: string, life: CreditLife, isKnown: (key: string) => boolean): CreditClaim | undefined => {
  const content = countingContent(life);
  if (!content) return undefined;
  const flows = chooseFlows(content.candidates, isKnown);
  return {
    creditId,
    netCents: netCents(life),
    bookedOn: content.bookedOn,
    creditedOn: content.valueOn ?? content.bookedOn,
    flows: flows.map((f) => ({
      flowKey: flowKey(f.iuf),
      tier: f.tier,
      ...(f.progressive !== undefined && { progressive: f.progressive }),
    })),
  };
};
