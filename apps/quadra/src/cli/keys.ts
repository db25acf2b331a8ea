import type { OrganizationScope, Role } from '@quadra/platform';
import { ApiKeys, ROLES, migratePlatform } from '@quadra/platform';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { table } from './money';
import { withDataPlace } from './place';
import type { InstanceOptions } from './session';

/** Keys are made where the data are, beside a running instance or without one; over HTTP nobody makes keys. */
const withKeys = (io: Io, options: InstanceOptions, work: (keys: ApiKeys) => Promise<number>, { isNew = false } = {}): Promise<number> =>
  withDataPlace(io, options, { mustExist: !isNew }, async ({ platformPool }) => {
    await migratePlatform(platformPool);
    return work(new ApiKeys(platformPool));
  });

const rolesOf = (text: string): Role[] => {
  const wanted = text.split(',').map((role) => role.trim());
  const unknown = wanted.filter((role) => !ROLES.some((known) => known === role));
  if (unknown.length) throw new CliError(`There is no role ${unknown.join(', ')}; roles are ${ROLES.join(', ')}`, EXIT.usage);
  return wanted as Role[];
};

const scopeOf = (text: string | undefined): OrganizationScope => {
  if (text === undefined || text === '*') return '*';
  const orgs = text.split(',').map((org) => org.trim());
  const wrong = orgs.find((org) => !/^\d{11}$/.test(org));
  if (wrong !== undefined) throw new CliError(`--orgs takes fiscal codes of 11 digits, or *; not ${wrong}`, EXIT.usage);
  return orgs;
};

export interface NewKeyOptions extends InstanceOptions {
  readonly name: string;
  readonly roles: string;
  readonly orgs?: string;
}

/** Makes a key and prints it, this once. */
export const keyCreate = (io: Io, options: NewKeyOptions): Promise<number> => {
  const request = { name: options.name, roles: rolesOf(options.roles), organizations: scopeOf(options.orgs) };
  return withKeys(
    io,
    options,
    async (keys) => {
      const { id, token } = await keys.create(request);
      io.out(options.json ? JSON.stringify({ id, key: token }) : token);
      return EXIT.done;
    },
    { isNew: true },
  );
};

/** Prints the keys of the instance, without their secrets. */
export const keyList = (io: Io, options: InstanceOptions): Promise<number> =>
  withKeys(io, options, async (keys) => {
    const found = await keys.list();
    const rows = found.map((k) => [
      k.id,
      k.name,
      k.roles.join(','),
      k.organizations === '*' ? '*' : k.organizations.join(','),
      k.revokedAt === null ? 'valid' : `revoked ${k.revokedAt}`,
      k.lastUsedAt ?? 'never used',
    ]);
    io.out(options.json ? JSON.stringify(found) : table([['id', 'name', 'roles', 'organizations', 'state', 'last used'], ...rows]));
    return EXIT.done;
  });

/** Takes a key back; it holds from its next request on. */
export const keyRevoke = (io: Io, id: string, options: InstanceOptions): Promise<number> =>
  withKeys(io, options, async (keys) => {
    if (!(await keys.revoke(id))) throw new CliError(`There is no valid key ${id}`);
    io.out(options.json ? JSON.stringify({ id, revoked: true }) : `The key ${id} is revoked`);
    return EXIT.done;
  });
