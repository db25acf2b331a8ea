import { freeText } from './fields';

export type SubjectPart = 'code' | 'name' | 'street' | 'number' | 'postalCode' | 'city' | 'province' | 'country' | 'email';

/** Personal fields while they are gathered. */
export type PersonalDraft = Record<string, string>;

/** Names are spelled out: millions of records are written with them, and a key that is put together anew costs more than its value. */
const KEYS = {
  debtor: { code: 'debtorCode', name: 'debtorName', address: 'debtorAddress', email: 'debtorEmail' },
  payer: { code: 'payerCode', name: 'payerName', address: 'payerAddress', email: 'payerEmail' },
} as const;

/** Street and number, postal code and city, province, country: commas between what is there. */
const ADDRESS: readonly (readonly [SubjectPart, string])[] = [
  ['street', ', '],
  ['number', ' '],
  ['postalCode', ', '],
  ['city', ' '],
  ['province', ', '],
  ['country', ', '],
];

const addressOf = (part: (name: SubjectPart) => string | undefined): string | undefined => {
  let address = '';
  for (const [name, separator] of ADDRESS) {
    const value = part(name);
    if (value) address += address === '' ? value.trim() : separator + value.trim();
  }
  return address === '' ? undefined : freeText(address, 400);
};

/**
 * Adds a person of a receipt or notice to the fields of the personal store: `<role>Code` (fiscal code in capitals, so that
 * its digest finds it from every format), `<role>Name`, `<role>Address` in one line, `<role>Email`. What is absent is left
 * out. @returns the code
 */
export const addSubject = (
  to: PersonalDraft,
  role: 'debtor' | 'payer',
  part: (name: SubjectPart) => string | undefined,
): string | undefined => {
  const keys = KEYS[role];
  const code = freeText(part('code'), 35)?.toUpperCase();
  const name = freeText(part('name'));
  const address = addressOf(part);
  const email = freeText(part('email'));
  if (code !== undefined) to[keys.code] = code;
  if (name !== undefined) to[keys.name] = name;
  if (address !== undefined) to[keys.address] = address;
  if (email !== undefined) to[keys.email] = email;
  return code;
};

const REMITTANCES = ['', 'remittance1', 'remittance2', 'remittance3', 'remittance4', 'remittance5'] as const;

/** Adds the remittance text of a transfer (index 1 to 5) as `remittance<index>`. */
export const addRemittance = (to: PersonalDraft, index: number, text: string | undefined): void => {
  const value = freeText(text, 1024);
  if (value !== undefined) to[REMITTANCES[index]!] = value;
};
