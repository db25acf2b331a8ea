import type { Cents } from '@quadra/kernel';
import { toCents } from '@quadra/kernel';
import type { CreditContent, CreditEvent, CreditRegularized, CreditReversed } from './events';

type Reversal = CreditReversed['data'];
type Regularization = CreditRegularized['data'];

/** All that is known of one movement, as plain JSON. A storno may come before the booking: files have no order. */
export interface CreditLife {
  readonly revision: number;
  readonly contents: readonly CreditContent[];
  readonly reversals: readonly Reversal[];
  readonly regularizations: readonly Regularization[];
  readonly reversions: readonly Regularization[];
}

export const NO_CREDIT: CreditLife = { revision: -1, contents: [], reversals: [], regularizations: [], reversions: [] };

type AnyMovement = Reversal & Partial<Pick<Regularization, 'order' | 'orderYear'>>;

/** Equal movements of one journal differ in their ordinal; the same movement in two journals is one. */
export const movementKey = (m: AnyMovement): string =>
  `${m.on}|${m.amountCents}|${m.document ?? ''}|${m.orderYear ?? ''}|${m.order ?? ''}|${m.ordinal}`;

const withoutMovement = <T extends AnyMovement>(movements: readonly T[], key: string): T[] =>
  movements.filter((m) => movementKey(m) !== key);

/** Nothing of the credit is left: everything that spoke of it was taken back. */
export const isVoidedCredit = ({ revision, contents, reversals, regularizations, reversions }: CreditLife): boolean =>
  revision >= 0 && contents.length + reversals.length + regularizations.length + reversions.length === 0;

export const evolveCredit = (credit: CreditLife, event: CreditEvent): CreditLife => {
  const next = { ...credit, revision: credit.revision + 1 };
  switch (event.type) {
    case 'CreditBooked':
    case 'CreditConflicted':
      return { ...next, contents: [...credit.contents, event.data] };
    case 'CreditReversed':
      return { ...next, reversals: [...credit.reversals, event.data] };
    case 'CreditRegularized':
      return { ...next, regularizations: [...credit.regularizations, event.data] };
    case 'CreditRegularizationReverted':
      return { ...next, reversions: [...credit.reversions, event.data] };
    case 'CreditVoided':
      return { ...next, contents: credit.contents.filter((c) => creditFingerprint(c) !== event.data.fingerprint) };
    case 'CreditReversalVoided':
      return { ...next, reversals: withoutMovement(credit.reversals, event.data.movement) };
    case 'CreditRegularizationVoided':
      return { ...next, regularizations: withoutMovement(credit.regularizations, event.data.movement) };
    case 'CreditReversionVoided':
      return { ...next, reversions: withoutMovement(credit.reversions, event.data.movement) };
    default:
      return next;
  }
};

/** The fields that every source of a movement holds and that matching uses. */
export const creditFingerprint = (c: CreditContent): string =>
  `${c.bookedOn}|${c.amountCents}|${c.candidates.map((r) => r.iuf.toUpperCase()).join(',')}`;

/** Of conflicting contents the smaller fingerprint counts, whatever came first. */
export const countingContent = (credit: CreditLife): CreditContent | undefined =>
  credit.contents.length <= 1
    ? credit.contents[0]
    : [...credit.contents].sort((a, b) => (creditFingerprint(a) < creditFingerprint(b) ? -1 : 1))[0];

const sum = (movements: readonly { amountCents: Cents }[]): number => movements.reduce((total, m) => total + m.amountCents, 0);

export const reversedCents = (credit: CreditLife): Cents => toCents(sum(credit.reversals));

/** What is left to pay for flows: booked less reversed, never below zero. 0 while only a storno is known. */
export const netCents = (credit: CreditLife): Cents => {
  const content = countingContent(credit);
  return toCents(content ? Math.max(0, content.amountCents - sum(credit.reversals)) : 0);
};

/**
 * Booked less reversed, as the books show it: negative when more was reversed than booked, also while the booking itself is not
 * known. A storno that is too large is recorded like any other, and stands out here.
 */
export const balanceCents = (credit: CreditLife): Cents => toCents((countingContent(credit)?.amountCents ?? 0) - sum(credit.reversals));

/** What collection orders cover, reversions taken off. */
export const regularizedCents = (credit: CreditLife): Cents => toCents(Math.max(0, sum(credit.regularizations) - sum(credit.reversions)));
