import type { Pool } from 'pg';
import type { OrganizationScope, Principal } from './api-key';
import { newKey, parseToken, sameHash } from './api-key';
import type { Role } from './roles';

export interface KeyDescription {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly organizations: OrganizationScope;
  readonly createdAt: string;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface KeyRequest {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly organizations: OrganizationScope;
}

interface Row {
  id: string;
  hash: Buffer;
  name: string;
  roles: Role[];
  organizations: string[] | null;
  created_at: Date;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

const scopeOf = (organizations: string[] | null): OrganizationScope => organizations ?? '*';

const describe = (row: Row): KeyDescription => ({
  id: row.id,
  name: row.name,
  roles: row.roles,
  organizations: scopeOf(row.organizations),
  createdAt: row.created_at.toISOString(),
  revokedAt: row.revoked_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
});

const USE_NOTED_EVERY_MS = 60_000;

/** The API keys of an instance. Secrets are stored as hashes; a key shows its token once, when it is made. */
export class ApiKeys {
  /** Keys of this process alone: they end with it and stand nowhere. */
  private readonly passing = new Map<string, { hash: Buffer; principal: Principal }>();
  private readonly noted = new Map<string, number>();

  constructor(private readonly pool: Pool) {}

  async create(request: KeyRequest): Promise<{ id: string; token: string }> {
    const { id, token, hash } = newKey();
    const organizations = request.organizations === '*' ? null : [...request.organizations];
    await this.pool.query('insert into platform.api_key (id, hash, name, roles, organizations) values ($1, $2, $3, $4, $5)', [
      id,
      hash,
      request.name,
      [...request.roles],
      organizations,
    ]);
    return { id, token };
  }

  /** Makes the first key of an instance; undefined when there is one already, whoever asks at the same time. */
  async createFirst(request: KeyRequest): Promise<{ id: string; token: string } | undefined> {
    const { id, token, hash } = newKey();
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      await client.query('lock table platform.api_key in exclusive mode');
      const { rowCount } = await client.query(
        'insert into platform.api_key (id, hash, name, roles) select $1, $2, $3, $4 where not exists (select from platform.api_key)',
        [id, hash, request.name, [...request.roles]],
      );
      await client.query('commit');
      return rowCount === 1 ? { id, token } : undefined;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  /** A key that lives in the memory of this process only. */
  createPassing(request: KeyRequest): string {
    const { id, token, hash } = newKey();
    this.passing.set(id, { hash, principal: { keyId: id, ...request } });
    return token;
  }

  async list(): Promise<KeyDescription[]> {
    const { rows } = await this.pool.query<Row>('select * from platform.api_key order by created_at, id');
    return rows.map(describe);
  }

  /** @returns false when there is no such key, or it was revoked before. */
  async revoke(id: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('update platform.api_key set revoked_at = now() where id = $1 and revoked_at is null', [id]);
    return rowCount === 1;
  }

  /** Whose token this is; undefined when it is none, wrong or revoked. A revocation holds from the next request on. */
  async authenticate(token: string): Promise<Principal | undefined> {
    const parsed = parseToken(token);
    if (!parsed) return undefined;
    const passing = this.passing.get(parsed.id);
    if (passing) return sameHash(passing.hash, parsed.hash) ? passing.principal : undefined;
    const { rows } = await this.pool.query<Row>('select * from platform.api_key where id = $1 and revoked_at is null', [parsed.id]);
    const row = rows[0];
    if (!row || !sameHash(row.hash, parsed.hash)) return undefined;
    await this.noteUse(row.id);
    return { keyId: row.id, name: row.name, roles: row.roles, organizations: scopeOf(row.organizations) };
  }

  private async noteUse(id: string): Promise<void> {
    const now = Date.now();
    if (now - (this.noted.get(id) ?? 0) < USE_NOTED_EVERY_MS) return;
    this.noted.set(id, now);
    await this.pool.query('update platform.api_key set last_used_at = now() where id = $1', [id]);
  }
}
