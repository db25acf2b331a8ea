import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKeys, Principal } from '../auth';

const SERVICE: Principal = { keyId: 'internal', name: 'a service of this installation', roles: ['system-admin'], organizations: '*' };

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The keys of the installation, and the one that its services show each other. */
export const withInternalKey = (keys: Pick<ApiKeys, 'authenticate'>, internalKey: string): Pick<ApiKeys, 'authenticate'> => {
  const known = digest(internalKey);
  return { authenticate: async (token) => (timingSafeEqual(digest(token), known) ? SERVICE : keys.authenticate(token)) };
};
