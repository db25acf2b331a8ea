import type { EventStore } from '@quadra/event-store';
import type { OrganizationEvent, OrganizationSettings } from '@quadra/domain';
import { UNKNOWN_ORGANIZATION, evolveOrganization, organizationStream } from '@quadra/domain';
import type { OrgId } from '@quadra/kernel';

/** The settings of an organization as they stood at a position; as they stand now without one. */
export const settingsAsOf = async (store: EventStore, org: OrgId, position?: bigint): Promise<OrganizationSettings> =>
  (await store.read(organizationStream(org)))
    .filter((e) => position === undefined || e.position <= position)
    .reduce((known, e) => evolveOrganization(known, e as unknown as OrganizationEvent), UNKNOWN_ORGANIZATION).settings;
