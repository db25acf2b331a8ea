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
    if (value !== undefined) fields[`${role}${name}`] = value;
  };
  const words = (names: readonly SubjectPart[]): string => names.flatMap((name) => freeText(part(name)) ?? []).join(' ');
  const address = [words(['street', 'number']), words(['postalCode', 'city']), words(['province']), words(['country'])];
  put('Code', freeText(part('code'), 35)?.toUpperCase());
  put('Name', freeText(part('name')));
  put('Address', freeText(address.filter((line) => line !== '').join(', '), 400));
  put('Email', freeText(part('email')));
  return fields;
};
