import type { CreditContent, CreditEvent, CreditRegularized, CreditReversed } from './events';
import type { CreditLife } from './credit';
import { creditFingerprint, movementKey } from './credit';

export type CreditCommand =
  | { readonly type: 'BookCredit'; readonly content: CreditContent }
  | { readonly type: 'ReverseCredit'; readonly movement: CreditReversed['data'] }
  | { readonly type: 'RegularizeCredit'; readonly movement: CreditRegularized['data'] }
  | { readonly type: 'RevertRegularization'; readonly movement: CreditRegularized['data'] };

const book = (content: CreditContent, credit: CreditLife): CreditEvent[] => {
  if (credit.contents.length === 0) return [{ type: 'CreditBooked', data: content }];
  const known = credit.contents.some((c) => creditFingerprint(c) === creditFingerprint(content));
  return known ? [] : [{ type: 'CreditConflicted', data: content }];
};

type Movement = Parameters<typeof movementKey>[0];

const isNew = (known: readonly Movement[], movement: Movement): boolean => !known.some((k) => movementKey(k) === movementKey(movement));

/** Takes movements of a credit in; the same movement again is silence. */
export const decideCredit = (command: CreditCommand, credit: CreditLife): CreditEvent[] => {
  switch (command.type) {
    case 'BookCredit':
      return book(command.content, credit);
    case 'ReverseCredit':
      return isNew(credit.reversals, command.movement) ? [{ type: 'CreditReversed', data: command.movement }] : [];
    case 'RegularizeCredit':
      return isNew(credit.regularizations, command.movement) ? [{ type: 'CreditRegularized', data: command.movement }] : [];
    case 'RevertRegularization':
      return isNew(credit.reversions, command.movement) ? [{ type: 'CreditRegularizationReverted', data: command.movement }] : [];
  }
};
