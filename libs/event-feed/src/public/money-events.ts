import { cents, count, date, flag, list, object, objectOrNull, oneOf, optional, text, textOrNull } from './fields';
import { ORGANIZATION } from './payment-events';

const VERSION = {
  revision: count('Revision of the flow; 1 where the format has none.'),
  flowOn: date('Day of the flow.'),
  regulationOn: date('Day on which the flow settles.'),
  trn: text('Reference of the bank transfer (TRN).'),
  totalCents: cents('Declared total: what the bank transfer must bring.'),
  count: count('Lines found.'),
  rowsTotalCents: cents('Sum of the lines.'),
  ties: flag('Whether lines and header agree.'),
} as const;

const FLOW = {
  org: ORGANIZATION,
  iuf: text('Identifier of the settlement flow (IUF).'),
  psp: text('Sender.'),
} as const;

export const FLOW_PUBLISHED = { ...FLOW, ...VERSION } as const;

export const FLOW_SUPERSEDED = {
  ...FLOW,
  because: oneOf(['revision', 'withdrawn'], 'A higher version came, or the one that counted was taken back.'),
  previous: object(VERSION, 'What counted until now.'),
  current: objectOrNull(VERSION, 'What counts now; null when no version is left.'),
} as const;

export const FLOW_STATES = ['incomplete', 'unfunded', 'partlyFunded', 'funded'] as const;

export const FLOW_FUNDING_CHANGED = {
  ...FLOW,
  revision: count('Revision that counts.'),
  totalCents: cents('Declared total.'),
  allocatedCents: cents('What credits have brought.'),
  residualCents: cents('Total less allocated; negative when more came than the flow needs.'),
  credits: list(object({ creditId: text('Credit.'), cents: cents('Its share.') }), 'Where the money came from.'),
  state: oneOf(FLOW_STATES, 'Whether the flow is funded.'),
  creditedOn: optional(date('Value date of the latest credit.')),
} as const;

/** Of a movement: the document that told of it was taken back, and the totals are without it. */
const WITHDRAWN = optional(flag('True when the document that told of this movement was taken back; the totals are without it.'));

const CREDIT = {
  org: ORGANIZATION,
  creditId: text('Credit: treasurer, fiscal year, kind and number.'),
} as const;

export const CREDIT_BOOKED = {
  ...CREDIT,
  treasurer: text('ABI code of the treasurer bank.'),
  fiscalYear: count('Fiscal year of the document.'),
  kind: oneOf(['sospeso', 'reversale', 'movement'], 'Provisional credit, collection order, or bank movement.'),
  documentNumber: text('Number of the document (*provvisorio* or order).'),
  receiptNumber: optional(text('Number of the treasurer’s receipt (*bolletta*, *quietanza*).')),
  account: text('Account.'),
  bookedOn: date('Day of booking.'),
  valueOn: optional(date('Value date.')),
  amountCents: cents('Amount booked.'),
} as const;

export const CREDIT_WITHDRAWN = { ...CREDIT, amountCents: cents('What had been booked.') } as const;

export const CREDIT_REVERSED = {
  ...CREDIT,
  on: date('Day of the reversal (*storno*).'),
  amountCents: cents('What this reversal takes back.'),
  document: optional(text('Receipt or order that did it.')),
  totalReversedCents: cents('All reversals.'),
  netCents: cents('What is left of the credit.'),
  withdrawn: WITHDRAWN,
} as const;

const REGULARIZATION = {
  ...CREDIT,
  on: date('Day.'),
  reversalYear: count('Fiscal year of the collection order (*reversale*).'),
  reversalNumber: text('Number of the collection order.'),
  amountCents: cents('What this movement covers or uncovers.'),
  totalRegularizedCents: cents('What orders cover after it.'),
  withdrawn: WITHDRAWN,
} as const;
export const CREDIT_REGULARIZED = REGULARIZATION;
export const CREDIT_REGULARIZATION_REVERTED = REGULARIZATION;

export const NOT_BOOKABLE_REASONS = [
  'NOTHING_ALLOCATED',
  'RESIDUAL_LEFT',
  'OVER_ALLOCATED',
  'CREDIT_CONFLICT',
  'FLOW_TOTAL_DIFFERS',
  'FLOW_CONFLICT',
  'FLOW_WITHDRAWN',
] as const;

export const CREDIT_EXPLAINED = {
  ...CREDIT,
  treasurer: text('ABI code of the treasurer bank.'),
  fiscalYear: count('Fiscal year of the document.'),
  documentNumber: text('Number of the document (*provvisorio* or order).'),
  amountCents: cents('Amount booked.'),
  reversedCents: cents('What reversals took back.'),
  allocatedCents: cents('What settlement flows explain.'),
  residualCents: cents('Amount less reversals less allocated; negative until a reversal has released what no longer fits.'),
  flows: list(
    object({
      iuf: text('Settlement flow.'),
      psp: textOrNull('Its sender.'),
      revision: optional(count('Its revision.')),
      allocatedCents: cents('Its share of this credit.'),
    }),
    'What explains the credit.',
  ),
  byAssessment: list(
    object({
      chapter: textOrNull('Chapter of the budget; null when no document names it.'),
      assessment: textOrNull('Assessment (*accertamento*); null when no document names it.'),
      amountCents: cents('Share.'),
    }),
    'The allocated amount, split for the books; the shares add up to allocatedCents.',
  ),
  bookable: flag('The whole net amount is explained by flows that tie.'),
  bookableBecause: list(oneOf(NOT_BOOKABLE_REASONS, 'Reason.'), 'Why it is not bookable; empty when it is.'),
  method: optional(oneOf(['iuf-exact', 'iuf-repaired'], 'How the flows were recognized; the weakest way of all.')),
  evidence: list(text('Evidence.'), 'What the match rests on.'),
} as const;
