import type { Cents, LocalDate } from '@quadra/kernel';
import { toCents } from '@quadra/kernel';
import type { Allocation, FlowFunding } from '@quadra/domain';

/** A credit as the money part sees it: what is left of it, and the known flows that its text names. */
export interface CreditClaim {
  readonly creditId: string;
  /** Booked less reversed, in cents. */
  readonly netCents: Cents;
  readonly bookedOn: LocalDate;
  /** Value date, else booking date. */
  readonly creditedOn: LocalDate;
  readonly flows: readonly { readonly flowKey: string; readonly tier: 'exact' | 'repaired'; readonly progressive?: number }[];
}

export interface FlowNeed {
  readonly flowKey: string;
  readonly iuf: string;
  /** Declared total of the highest complete version. */
  readonly totalCents: Cents;
  /** Declared totals of earlier complete versions. */
  readonly earlierTotals: readonly Cents[];
}

export interface MoneyConclusion {
  readonly allocations: readonly Allocation[];
  readonly funding: readonly FlowFunding[];
}

const progressiveOf = (claim: CreditClaim): number => Math.min(...claim.flows.map((f) => f.progressive ?? 0));

/** Fewer flows named first, then the TXT progressive, the booking date, the id: an order over content, never over arrival. */
const claimOrder = (a: CreditClaim, b: CreditClaim): number =>
  a.flows.length - b.flows.length ||
  progressiveOf(a) - progressiveOf(b) ||
  (a.bookedOn === b.bookedOn ? (a.creditId < b.creditId ? -1 : 1) : a.bookedOn < b.bookedOn ? -1 : 1);

/**
 * What a flow may take: its declared total; or an earlier, higher total when the credits that name it reach that one
 * (the money came before the revision lowered the total, and cannot be taken away by it).
 */
const takeOf = (flow: FlowNeed, namedCents: number): number =>
  Math.max(flow.totalCents, ...flow.earlierTotals.filter((total) => total <= namedCents));

const evidenceOf = (named: CreditClaim['flows'][number]): string[] => [
  `remittance:${named.tier}`,
  ...(named.progressive !== undefined ? [`txt:${named.progressive}`] : []),
];

interface Need {
  readonly flow: FlowNeed;
  left: number;
  readonly allocations: Allocation[];
  surplus: number;
}

/** The flow needs nothing more, and this credit names no other: what it has left is a surplus of the flow. */
const settleSurplus = (claim: CreditClaim, left: number, needs: ReadonlyMap<string, Need>): void => {
  if (left <= 0 || claim.flows.length !== 1) return;
  const need = needs.get(claim.flows[0]!.flowKey);
  if (need && need.left === 0) need.surplus += left;
};

const fundingOf = ({ flow, allocations, surplus }: Need): FlowFunding => {
  const dates = allocations.map((a) => a.creditedOn).sort();
  const creditedOn = dates.at(-1);
  return {
    iuf: flow.iuf,
    allocatedCents: toCents(allocations.reduce((sum, a) => sum + a.cents, 0)),
    surplusCents: toCents(surplus),
    credits: [...new Set(allocations.map((a) => a.creditId))].sort(),
    ...(creditedOn !== undefined && { creditedOn }),
  };
};

/**
 * Part two of the conclusion, for one component of flows and the credits that name them: who pays for what, to the cent.
 * Pure and independent of order; several credits per flow and several flows per credit, residuals stay with the credit.
 */
export const allocateMoney = (flows: readonly FlowNeed[], claims: readonly CreditClaim[]): MoneyConclusion => {
  const named = new Map<string, number>();
  for (const claim of claims) for (const f of claim.flows) named.set(f.flowKey, (named.get(f.flowKey) ?? 0) + claim.netCents);
  const needs = new Map<string, Need>();
  for (const flow of flows)
    needs.set(flow.flowKey, { flow, left: takeOf(flow, named.get(flow.flowKey) ?? 0), allocations: [], surplus: 0 });
  const spare: [CreditClaim, number][] = [];
  for (const claim of [...claims].sort(claimOrder)) {
    let left: number = claim.netCents;
    for (const ref of [...claim.flows].sort((a, b) => (a.flowKey < b.flowKey ? -1 : 1))) {
      const need = needs.get(ref.flowKey);
      const cents = Math.min(left, need?.left ?? 0);
      if (!need || cents <= 0) continue;
      need.left -= cents;
      left -= cents;
      need.allocations.push({
        creditId: claim.creditId,
        iuf: need.flow.iuf,
        cents: toCents(cents),
        creditedOn: claim.creditedOn,
        tier: ref.tier,
        evidence: evidenceOf(ref),
      });
    }
    spare.push([claim, left]);
  }
  for (const [claim, left] of spare) settleSurplus(claim, left, needs);
  const all = [...needs.values()].sort((a, b) => (a.flow.flowKey < b.flow.flowKey ? -1 : 1));
  return { allocations: all.flatMap((n) => n.allocations), funding: all.map(fundingOf) };
};
