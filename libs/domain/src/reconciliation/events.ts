import type { Cents, DomainEvent, LocalDate, OrgId } from '@quadra/kernel';

/** All judgements on the money of one organization, in one order: so no euro is used twice. */
export const reconciliationStream = (org: OrgId): string => `reconciliation-${org}`;

export interface Allocation {
  readonly creditId: string;
  readonly iuf: string;
  readonly cents: Cents;
  /** Value date (else booking date) of the credit. */
  readonly creditedOn: LocalDate;
  readonly tier: 'exact' | 'repaired';
  readonly evidence: readonly string[];
}

/** The money of one flow after a change: what its payments and reports need to know. */
export interface FlowFunding {
  readonly iuf: string;
  readonly allocatedCents: Cents;
  /** What credits that name only this flow have left although it needs nothing more. */
  readonly surplusCents: Cents;
  readonly credits: readonly string[];
  /** Latest value date of its credits; absent while there are none. */
  readonly creditedOn?: LocalDate;
}

/** Every change of allocations that one look at the facts made: released ones first, then the new ones. */
export type AllocationsChanged = DomainEvent<
  'AllocationsChanged',
  {
    /** The position up to which facts were considered. */
    readonly basis: string;
    readonly released: readonly { readonly creditId: string; readonly iuf: string; readonly cents: Cents }[];
    readonly allocated: readonly Allocation[];
    /** The funding, whole, of every flow for which it changed. */
    readonly flows: readonly FlowFunding[];
    readonly ruleSet: string;
  }
>;

export type ReconciliationEvent = AllocationsChanged;
