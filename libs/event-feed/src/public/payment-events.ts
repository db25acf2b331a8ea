import { cents, date, flag, instant, list, matching, object, oneOf, oneOfOrNull, count, optional, text, textOrNull } from './fields';

export const TRANSFER_STATES = ['notified', 'paid', 'provisional', 'reported', 'credited', 'revoked', 'withdrawn', 'excluded'] as const;

export const ORGANIZATION = matching('^\\d{11}$', 'Fiscal code of the organization.');

/** Names a transfer: one beneficiary line of one payment. */
const TRANSFER = {
  org: ORGANIZATION,
  issuer: optional(text('Fiscal code of the body that issued the notice; known from the receipt.')),
  iuv: text('Identifier of the payment (IUV).'),
  iur: textOrNull('Identifier of the collection (IUR); null while only the notice of the body itself is known.'),
  transferIndex: count('Index of the transfer in its receipt, 1 to 5.'),
} as const;

export const PAYMENT_RECEIVED = {
  ...TRANSFER,
  nav: optional(text('Notice number.')),
  state: oneOf(TRANSFER_STATES, 'State after this event.'),
  amountCents: cents('What the transfer is about.'),
  paidOn: date('Day of payment in Rome.'),
  paidAt: optional(text('Wall clock in Rome, YYYY-MM-DDTHH:MM:SS.')),
  psp: optional(text('Payment service provider.')),
  dueType: optional(text('Type of due, as the body names it.')),
  taxonomy: optional(text('Taxonomy code of the transfer.')),
  iban: optional(text('Account of the body that the payment was made to.')),
  provisional: flag('True while a settlement flow speaks of the payment and its receipt is not here.'),
} as const;

export const TRANSFER_STATE_CHANGED = {
  ...TRANSFER,
  from: oneOfOrNull(TRANSFER_STATES, 'State before; null when the transfer was not known.'),
  to: oneOfOrNull(TRANSFER_STATES, 'State now; null when its facts turned out to belong to another transfer of the payment.'),
  discrepancies: list(text('Code.'), 'Codes of what does not tie now.'),
  amountCents: cents('What the transfer is about.'),
  reportedCents: optional(cents('What the settlement line says.')),
  creditedCents: cents('What of it stands on the account: the line of a flow funded in full, else 0.'),
  iuf: optional(text('Settlement flow of the line.')),
  dueOn: date('Last day on which what it waits for is in terms.'),
  reasonCode: text('What changed it: the name of the recorded fact or conclusion.'),
  evidence: list(text('`flow:<iuf>` or `credit:<creditId>`.'), 'What it rests on.'),
} as const;

const DISCREPANCY = {
  ...TRANSFER,
  code: text('What does not tie.'),
  expectedCents: optional(cents('What was expected.')),
  foundCents: optional(cents('What was found.')),
  others: optional(list(text('Id.'), 'Other ids that prove it: IURs, flows, versions.')),
  causeParty: oneOf(['psp', 'treasurer', 'body', 'pagopa'], 'Whom to ask first.'),
} as const;

export const DISCREPANCY_OPENED = { ...DISCREPANCY, since: instant('When it was found.') } as const;
export const DISCREPANCY_CLOSED = { ...DISCREPANCY, closedAt: instant('When it was found to tie.') } as const;

export const DUPLICATE_FOUND = {
  org: ORGANIZATION,
  iuv: text('Identifier of the payment (IUV).'),
  kind: oneOf(['DUPLICATE_PAYMENT', 'REPORTED_TWICE'], 'Two payments of one due, or one payment in two flows.'),
  transfers: list(
    object({ iur: textOrNull('IUR.'), transferIndex: count('Index.'), amountCents: cents('Its amount.') }),
    'The transfers of this payment that are concerned, all that are known now.',
  ),
} as const;
