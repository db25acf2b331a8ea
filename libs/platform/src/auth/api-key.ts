import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from './roles';

/** The organizations that a key sees: all of the instance, or these fiscal codes. */
export type OrganizationScope = '*' | readonly string[];

/** Who asks: a key of this instance, as the audit trail names it. */
export interface Principal {
  readonly keyId: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly organizations: OrganizationScope;
}

export const seesOrganization = ({ organizations }: Pick<Principal, 'organizations'>, org: string): boolean =>
  organizations === '*' || organizations.includes(org);

/** The actor that events name. */
export const actorOf = (principal: Pick<Principal, 'keyId'>): string => `key:${principal.keyId}`;

export interface NewKey {
  readonly id: string;
  /** `qk_<id>_<secret>`: shown once, never stored. */
  readonly token: string;
  readonly hash: Buffer;
}

const TOKEN = /^qk_([0-9a-f]{12})_([A-Za-z0-9-]{43,64})$/;

/** One SHA-256 is enough: the secret is 256 random bits, so nobody can try candidates out. */
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** A key with a secret of 256 random bits. */
export const newKey = (): NewKey => {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('hex');
  return { id, token: `qk_${id}_${secret}`, hash: hashOf(secret) };
};

/** The parts of a token, or undefined when it is none of ours. */
export const parseToken = (token: string): { id: string; hash: Buffer } | undefined => {
  const match = TOKEN.exec(token);
  return match ? { id: match[1]!, hash: hashOf(match[2]!) } : undefined;
};

/** Compares in constant time. */
export const sameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** The token of an `Authorization` header of the scheme Bearer (RFC 6750). */
export const bearerOf = (header: string | undefined): string | undefined => /^Bearer +([^\s,]{1,200})$/i.exec(header ?? '')?.[1];
