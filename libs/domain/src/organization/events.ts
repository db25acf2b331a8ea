import type { DomainEvent, LocalDate, OrgId } from '@quadra/kernel';

export const organizationStream = (org: OrgId): string => `organization-${org}`;

export interface OrganizationAccount {
  readonly iban?: string;
  /** ABI code of the treasurer. */
  readonly treasurer?: string;
  readonly kind: 'treasury' | 'transit' | 'dedicated';
  readonly validFrom?: LocalDate;
  readonly validTo?: LocalDate;
}

export interface OrganizationSettings {
  /** The body sends payment notifications: only then are they missed, and only then do the notification labels exist. */
  readonly usesNotifications: boolean;
  /** The body gets the receipts of notices that others issued: only then is such a receipt missed. */
  readonly receivesSecondaryReceipts: boolean;
  readonly accounts: readonly OrganizationAccount[];
  /** `TARGET∩IT` (default) or `TARGET`: which days count for the terms of the PSP. */
  readonly calendar: 'target-it' | 'target';
}

export const DEFAULT_SETTINGS: OrganizationSettings = {
  usesNotifications: false,
  receivesSecondaryReceipts: true,
  accounts: [],
  calendar: 'target-it',
};

export type OrganizationRegistered = DomainEvent<
  'OrganizationRegistered',
  { readonly name: string; readonly ipaCode?: string; readonly broker?: string }
>;
/** The settings after the change, whole. */
export type OrganizationConfigured = DomainEvent<
  'OrganizationConfigured',
  { readonly settings: OrganizationSettings; readonly name?: string }
>;

export type OrganizationEvent = OrganizationRegistered | OrganizationConfigured;
