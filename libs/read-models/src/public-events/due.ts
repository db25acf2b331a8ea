import type { TransferView } from '@quadra/domain';
import { CUT_OFF, settlementTerms } from '@quadra/matching';
import type { SettlementTerms } from '@quadra/matching';

const CALENDAR = 'target-it';
/** Terms depend on the day and the side of the cut-off alone. */
const known = new Map<string, SettlementTerms>();

/** The last day on which what the transfer waits for is in terms: its flow while no line stands, else its money. */
export const dueOnOf = (t: TransferView): string => {
  const paidAt = t.receipt?.paidAt;
  const key = paidAt ? `${paidAt.slice(0, 10)}${paidAt.slice(11) >= CUT_OFF ? '+' : '-'}` : t.enteredOn;
  let terms = known.get(key);
  if (!terms) known.set(key, (terms = settlementTerms(paidAt ? { paidAt } : { paidOn: t.enteredOn }, CALENDAR)));
  return t.state === 'paid' || t.state === 'withdrawn' ? terms.flowDueOn : terms.creditDueOn;
};
