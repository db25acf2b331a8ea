import type { PersonalFields } from './intake';
import { freeText } from './fields';

export type SubjectPart = 'code' | 'name' | 'street' | 'number' | 'postalCode' | 'city' | 'province' | 'country' | 'email';

/**
 * A person of a receipt or notice as fields of the personal store: `<role>Code` (fiscal code in capitals, so that its
 * digest finds it from every format), `<role>Name`, `<role>Address` in one line, `<role>Email`. What is absent is left out.
 */
export const subjectFields = (role: 'debtor' | 'payer', part: (name: SubjectPart) => string | undefined): PersonalFields => {
  const fields: Record<string, string> = {};
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined) fields[role + name] = value;
  };
  put('Code', freeText(part('code'), 35)?.toUpperCase());
  put('Name', freeText(part('name')));
  put('Address', addressOf(part));
  put('Email', freeText(part('email')));
  return fields;
};

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
  return freeText(address, 400);
};
