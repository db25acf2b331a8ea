import type { Cents } from '@quadra/kernel';

/** The classification labels of the systems in use, as their exports spell them. */
export const LEGACY_LABELS = [
  'IUD_RT_IUF_TES',
  'IUD_RT_IUF',
  'RT_IUF_TES',
  'RT_IUF',
  'RT_TES',
  'RT_NO_IUF',
  'RT_NO_IUD',
  'IUD_NO_RT',
  'IUV_NO_RT',
  'IUF_NO_TES',
  'IUF_TES_DIV_IMP',
  'DOPPI',
  'TES_NO_IUF_OR_IUV',
  'TES_NO_MATCH',
  'UNKNOWN',
] as const;
export type LegacyLabel = (typeof LEGACY_LABELS)[number];

/** What the labels of one transfer are computed from; an amount that is absent means that the document is. */
export interface LabelFacts {
  /** Amount of the receipt's transfer. */
  readonly receiptCents?: Cents | undefined;
  /** The receipt's outcome is OK; a KO receipt counts as none. */
  readonly receiptOk: boolean;
  readonly noticeCents?: Cents | undefined;
  readonly lineCents?: Cents | undefined;
  /** Outcome code of the line. */
  readonly outcome?: string | undefined;
  /** Declared total of the line's flow. */
  readonly flowTotalCents?: Cents | undefined;
  /** Each credit that names the flow, what is left of it after reversals. */
  readonly creditCents: readonly Cents[];
  /** `DUPLICATE_PAYMENT` or `REPORTED_TWICE`. */
  readonly duplicate: boolean;
  /** Outcome codes of the other lines with the same IUV and amount: the incumbent's duplicates need outcomes 0 and 9. */
  readonly twinOutcomes?: readonly string[] | undefined;
}

export interface LabelOptions {
  /** Labels with IUD exist only for a body that uses notifications. */
  readonly usesNotifications: boolean;
  /**
   * `correct`: the official table, the sum of the credits against the flow's total, each label once.
   * `as-incumbent`: what the published view of the system in use gives, each credit on its own, so that with n credits
   * the labels come n times, as its rows do (docs/concepts/what-reconciled-means.md).
   */
  readonly values: 'correct' | 'as-incumbent';
}

interface Amounts {
  readonly E: Cents | undefined;
  readonly R: Cents | undefined;
  readonly I: Cents | undefined;
  readonly Rtot: Cents | undefined;
}

/** The labels of one transfer, in the order of the official table; `UNKNOWN` when no row of it holds. */
export const legacyLabels = (facts: LabelFacts, options: LabelOptions): LegacyLabel[] => {
  const amounts = amountsOf(facts, options.usesNotifications);
  const credits = facts.creditCents.filter((cents) => cents !== 0);
  const sum = credits.reduce((total, cents) => total + cents, 0) as Cents;
  if (options.values === 'correct') {
    return rowsFor(amounts, sum === 0 ? undefined : sum, facts.duplicate, options.usesNotifications);
  }
  const duplicate = facts.duplicate && hasOutcomes(facts, '0', '9');
  const each = credits.length === 0 ? [undefined] : credits;
  return each.flatMap((credit) => rowsFor(amounts, credit, duplicate, options.usesNotifications));
};

/** Outcome 3 (revoked) counts as no line. */
const amountsOf = (facts: LabelFacts, usesNotifications: boolean): Amounts => {
  const revoked = facts.outcome === '3';
  return {
    E: facts.receiptOk ? facts.receiptCents : undefined,
    R: revoked ? undefined : facts.lineCents,
    I: usesNotifications ? facts.noticeCents : undefined,
    Rtot: revoked ? undefined : facts.flowTotalCents,
  };
};

/** The official table, row by row; T is the money that came, undefined when none did. */
const rowsFor = ({ E, R, I, Rtot }: Amounts, T: Cents | undefined, duplicate: boolean, notifications: boolean): LegacyLabel[] => {
  const reported = E !== undefined && E === R;
  const notified = E !== undefined && E === I;
  const funded = R !== undefined && T !== undefined && Rtot === T;
  const rows: readonly (readonly [LegacyLabel, boolean])[] = [
    ['IUD_RT_IUF_TES', notified && reported && funded],
    ['IUD_RT_IUF', notified && reported],
    ['RT_IUF_TES', reported && funded],
    ['RT_IUF', reported],
    ['RT_NO_IUF', E !== undefined && !reported],
    ['RT_NO_IUD', notifications && E !== undefined && I === undefined],
    ['IUD_NO_RT', I !== undefined && !notified],
    ['IUV_NO_RT', R !== undefined && E === undefined],
    ['IUF_NO_TES', R !== undefined && T === undefined],
    ['IUF_TES_DIV_IMP', R !== undefined && T !== undefined && Rtot !== undefined && Rtot !== T],
    ['DOPPI', duplicate],
  ];
  const labels = rows.filter(([, holds]) => holds).map(([label]) => label);
  return labels.length === 0 ? ['UNKNOWN'] : labels;
};

const hasOutcomes = (facts: LabelFacts, ...outcomes: readonly string[]): boolean => {
  const found = new Set([facts.outcome, ...(facts.twinOutcomes ?? [])]);
  return outcomes.every((outcome) => found.has(outcome));
};

export interface CreditLabelFacts {
  /** A flow id or IUV was read in the remittance text. */
  readonly hasId: boolean;
  /** A flow or receipt of one of these ids is known to the organization. */
  readonly isKnown: boolean;
}

/** The label of a credit that explains nothing: no id in its text, or an id that nobody knows. None otherwise. */
export const creditLabels = ({ hasId, isKnown }: CreditLabelFacts): LegacyLabel[] => {
  if (!hasId) return ['TES_NO_MATCH'];
  return isKnown ? [] : ['TES_NO_IUF_OR_IUV'];
};
