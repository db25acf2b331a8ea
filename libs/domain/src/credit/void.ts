import type { VoidOf } from '../voiding/events';
import { creditFingerprint, movementKey } from './credit';
import type { CreditEvent } from './events';

/** What takes a fact of a credit back. */
export const voidOfCredit: VoidOf<CreditEvent> = (event) => {
  switch (event.type) {
    case 'CreditBooked':
    case 'CreditConflicted':
      return { type: 'CreditVoided', data: { fingerprint: creditFingerprint(event.data) } };
    case 'CreditReversed':
      return { type: 'CreditReversalVoided', data: { movement: movementKey(event.data) } };
    case 'CreditRegularized':
      return { type: 'CreditRegularizationVoided', data: { movement: movementKey(event.data) } };
    case 'CreditRegularizationReverted':
      return { type: 'CreditReversionVoided', data: { movement: movementKey(event.data) } };
    default:
      return undefined;
  }
};
