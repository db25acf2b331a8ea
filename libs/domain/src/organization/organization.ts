import type { Rejection } from '@quadra/kernel';
import type { OrganizationEvent, OrganizationSettings } from './events';
import { DEFAULT_SETTINGS } from './events';

export interface Organization {
  readonly revision: number;
  readonly registered: boolean;
  readonly name: string;
  readonly ipaCode?: string;
  readonly broker?: string;
  readonly settings: OrganizationSettings;
}

export const UNKNOWN_ORGANIZATION: Organization = { revision: -1, registered: false, name: '', settings: DEFAULT_SETTINGS };

export const evolveOrganization = (org: Organization, event: OrganizationEvent): Organization => {
  const next = { ...org, revision: org.revision + 1 };
  switch (event.type) {
    case 'OrganizationRegistered':
      return { ...next, ...event.data, registered: true };
    case 'OrganizationConfigured':
      return { ...next, settings: { ...DEFAULT_SETTINGS, ...event.data.settings }, name: event.data.name ?? org.name };
    default:
      return next;
  }
};

export type OrganizationCommand =
  | { readonly type: 'RegisterOrganization'; readonly name: string; readonly ipaCode?: string; readonly broker?: string }
  | { readonly type: 'ConfigureOrganization'; readonly settings: Partial<OrganizationSettings>; readonly name?: string };

/** @returns `ORGANIZATION_EXISTS` for another registration of a known body, `ORGANIZATION_UNKNOWN` for settings of none. */
export const decideOrganization = (
  command: OrganizationCommand,
  org: Organization,
): OrganizationEvent[] | Rejection<'ORGANIZATION_EXISTS' | 'ORGANIZATION_UNKNOWN'> => {
  if (command.type === 'RegisterOrganization') {
    const { type: _, ...data } = command;
    if (!org.registered) return [{ type: 'OrganizationRegistered', data }];
    const same = org.name === data.name && org.ipaCode === data.ipaCode && org.broker === data.broker;
    return same ? [] : { rejected: 'ORGANIZATION_EXISTS', because: 'an organization of this fiscal code is registered with other data' };
  }
  if (!org.registered) return { rejected: 'ORGANIZATION_UNKNOWN', because: 'no organization of this fiscal code is registered' };
  const settings: OrganizationSettings = { ...org.settings, ...command.settings };
  const name = command.name ?? org.name;
  if (name === org.name && JSON.stringify(settings) === JSON.stringify(org.settings)) return [];
  return [{ type: 'OrganizationConfigured', data: { settings, ...(command.name !== undefined && { name: command.name }) } }];
};
