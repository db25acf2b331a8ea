import type { PublicEventData } from '@quadra/event-feed';
import { NOT_BOOKABLE_REASONS } from '@quadra/event-feed';
import type { Allocation, CreditContent, CreditLife } from '@quadra/domain';
import {
  balanceCents,
  countingContent,
  creditFingerprint,
  flowKey,
  highestVersion,
  movementKey,
  netCents,
  regularizedCents,
  reversedCents,
  rivalVersions,
} from '@quadra/domain';
import type { About, Cause, Draft } from './draft';
import { draft, subjectOf } from './draft';
import type { FlowBook } from './flows';
import { versionTies } from './flows';

/** A credit as the public events need it. Plain JSON. */
export interface CreditBook {
  readonly life: CreditLife;
  readonly allocations: readonly Allocation[];
  /** It paid for something once: from then on every change of what it explains is told. */
  readonly everExplained?: boolean;
}

export interface CreditStep {
  readonly org: string;
  readonly creditId: string;
  readonly cause: Cause;
  readonly before: CreditBook;
  readonly after: CreditBook;
  /** The flows before and after the event, by key. */
  readonly flowBefore: (key: string) => FlowBook | undefined;
  readonly flowAfter: (key: string) => FlowBook | undefined;
}

const about = ({ org, creditId, cause }: CreditStep): About => ({ org, subject: subjectOf(org, 'credits', creditId), cause });

const bookedData = (org: string, creditId: string, c: CreditContent): PublicEventData<'it.quadra.credit.booked.v1'> => ({
  org,
  creditId,
  treasurer: c.treasurer,
  fiscalYear: c.fiscalYear,
  kind: c.kind,
  documentNumber: c.documentNumber,
  receiptNumber: c.receiptNumber,
  account: c.account,
  bookedOn: c.bookedOn,
  valueOn: c.valueOn,
  amountCents: c.amountCents,
});

const booking = (step: CreditStep): Draft[] => {
  const { org, creditId } = step;
  const [old, now] = [countingContent(step.before.life), countingContent(step.after.life)];
  if (!now) {
    const data = { org, creditId, amountCents: old?.amountCents ?? 0 };
    return old ? [draft(about(step), 'it.quadra.credit.withdrawn.v1', data, true)] : [];
  }
  const data = bookedData(org, creditId, now);
  if (old && JSON.stringify(bookedData(org, creditId, old)) === JSON.stringify(data)) return [];
  return [draft(about(step), 'it.quadra.credit.booked.v1', data, old !== undefined)];
};

/** What was added to a list of movements, and what was taken out of it because its document was taken back. */
const movements = <T extends CreditLife['reversals'][number]>(old: readonly T[], now: readonly T[]) => {
  if (old === now) return [];
  const [before, after] = [new Set(old.map(movementKey)), new Set(now.map(movementKey))];
  return [
    ...now.filter((m) => !before.has(movementKey(m))).map((movement) => ({ movement, withdrawn: undefined })),
    ...old.filter((m) => !after.has(movementKey(m))).map((movement) => ({ movement, withdrawn: true as const })),
  ];
};

const reversals = (step: CreditStep): Draft[] => {
  const { org, creditId, before, after } = step;
  return movements(before.life.reversals, after.life.reversals).map(({ movement: { on, amountCents, document }, withdrawn }) => {
    const totals = { totalReversedCents: reversedCents(after.life), netCents: balanceCents(after.life) };
    return draft(about(step), 'it.quadra.credit.reversed.v1', { org, creditId, on, amountCents, document, ...totals, withdrawn }, true);
  });
};

const regularizations = (step: CreditStep): Draft[] => {
  const { org, creditId, before, after } = step;
  const totalRegularizedCents = regularizedCents(after.life);
  const data = ({ movement: m, withdrawn }: ReturnType<typeof movements<CreditLife['regularizations'][number]>>[number]) => ({
    ...{ org, creditId, on: m.on, reversalYear: m.orderYear, reversalNumber: m.order, amountCents: m.amountCents },
    ...{ totalRegularizedCents, withdrawn },
  });
  const covered = movements(before.life.regularizations, after.life.regularizations);
  const uncovered = movements(before.life.reversions, after.life.reversions);
  return [
    ...covered.map((m) => draft(about(step), 'it.quadra.credit.regularized.v1', data(m), m.withdrawn)),
    ...uncovered.map((m) => draft(about(step), 'it.quadra.credit.regularization-reverted.v1', data(m), true)),
  ];
};

type Explained = PublicEventData<'it.quadra.credit.explained.v1'>;
type Reason = (typeof NOT_BOOKABLE_REASONS)[number];

/** Why a credit must not be booked as it stands, in the order of the contract. */
const reasonsOf = (book: CreditBook, allocated: number, flowOf: CreditStep['flowAfter']): Reason[] => {
  const net = netCents(book.life);
  const flows = book.allocations.map((a) => flowOf(flowKey(a.iuf))?.life);
  const versions = flows.map((life) => life && highestVersion(life));
  const holds: Readonly<Record<Reason, boolean>> = {
    NOTHING_ALLOCATED: allocated === 0,
    RESIDUAL_LEFT: allocated > 0 && allocated < net,
    OVER_ALLOCATED: allocated > net,
    CREDIT_CONFLICT: new Set(book.life.contents.map(creditFingerprint)).size > 1,
    FLOW_TOTAL_DIFFERS: versions.some((v) => v && !versionTies(v)),
    FLOW_CONFLICT: flows.some((life) => life && rivalVersions(life).length > 0),
    FLOW_WITHDRAWN: versions.some((v) => !v),
  };
  return NOT_BOOKABLE_REASONS.filter((reason) => holds[reason]);
};

/** What a credit pays for; undefined while its booking is not known. */
const explanation = (step: CreditStep, book: CreditBook, flowOf: CreditStep['flowAfter']): Explained | undefined => {
  const content = countingContent(book.life);
  if (!content) return undefined;
  const allocatedCents = book.allocations.reduce((sum, a) => sum + a.cents, 0);
  const bookableBecause = reasonsOf(book, allocatedCents, flowOf);
  const reversed = reversedCents(book.life);
  return {
    org: step.org,
    creditId: step.creditId,
    treasurer: content.treasurer,
    fiscalYear: content.fiscalYear,
    documentNumber: content.documentNumber,
    amountCents: content.amountCents,
    reversedCents: reversed,
    allocatedCents,
    residualCents: balanceCents(book.life) - allocatedCents,
    flows: book.allocations.map((a) => {
      const header = highestVersion(flowOf(flowKey(a.iuf))?.life ?? { revision: -1, versions: {} })?.header;
      return { iuf: a.iuf, psp: header?.senderCode ?? null, revision: header?.revision, allocatedCents: a.cents };
    }),
    // No document that is read today names a chapter: the whole amount is one share without one.
    byAssessment: allocatedCents > 0 ? [{ chapter: null, assessment: null, amountCents: allocatedCents }] : [],
    bookable: bookableBecause.length === 0,
    bookableBecause,
    method: methodOf(book.allocations),
    evidence: [...new Set(book.allocations.flatMap((a) => a.evidence))].sort(),
  };
};

const methodOf = (allocations: readonly Allocation[]): Explained['method'] => {
  if (allocations.length === 0) return undefined;
  return allocations.some((a) => a.tier !== 'exact') ? 'iuf-repaired' : 'iuf-exact';
};

/** Something that was explained before is not explained any more, or not so that it can be booked. */
const takesBack = (old: Explained | undefined, now: Explained): boolean =>
  old !== undefined &&
  (now.allocatedCents < old.allocatedCents || (old.bookable && (!now.bookable || now.allocatedCents !== old.allocatedCents)));

const explained = (step: CreditStep): Draft[] => {
  const [old, now] = [explanation(step, step.before, step.flowBefore), explanation(step, step.after, step.flowAfter)];
  const ever = step.after.everExplained === true || [step.before, step.after].some((book) => book.allocations.length > 0);
  if (!now || !ever || JSON.stringify(old) === JSON.stringify(now)) return [];
  return [draft(about(step), 'it.quadra.credit.explained.v1', now, takesBack(old, now))];
};

/** What the public is told about one event that concerns a credit: its own, a judgement, or a new version of a flow it pays for. */
export const creditDrafts = (step: CreditStep): Draft[] => [
  ...booking(step),
  ...reversals(step),
  ...regularizations(step),
  ...explained(step),
];
