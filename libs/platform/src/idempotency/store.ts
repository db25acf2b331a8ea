import type { Pool } from 'pg';

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

export type Claim =
  /** Nobody asked this before: do it, then `keep` the answer or `forget` the claim. */
  | { readonly kind: 'first' }
  | { readonly kind: 'again'; readonly answer: StoredAnswer }
  | { readonly kind: 'other-body' }
  | { readonly kind: 'in-progress' };

const KEPT = '24 hours';
/** A claim without an answer so long after was left by a process that died. */
const ABANDONED = '2 minutes';

/** Remembers the answers of writes by key, so that a repeated request does nothing twice. */
export class IdempotencyStore {
  private claims = 0;

  constructor(private readonly pool: Pool) {}

  /** @param scope organization, route and key; @param bodyHash digest of the request body. */
  async claim(scope: string, bodyHash: string): Promise<Claim> {
    if (this.claims++ % 100 === 0) await this.sweep();
    const { rowCount } = await this.pool.query(
      `insert into platform.idempotency as i (scope, body_hash) values ($1, $2)
       on conflict (scope) do update set body_hash = excluded.body_hash, status = null, answer = null, created_at = now()
       where i.created_at < now() - $3::interval or (i.status is null and i.body_hash = excluded.body_hash and i.created_at < now() - $4::interval)`,
      [scope, bodyHash, KEPT, ABANDONED],
    );
    if (rowCount === 1) return { kind: 'first' };
    const { rows } = await this.pool.query<{ body_hash: string; status: number | null; answer: string | null }>(
      'select body_hash, status, answer from platform.idempotency where scope = $1',
      [scope],
    );
    const row = rows[0];
    if (!row) return { kind: 'in-progress' }; // forgotten in between: the client asks again
    if (row.body_hash !== bodyHash) return { kind: 'other-body' };
    if (row.status === null) return { kind: 'in-progress' };
    return { kind: 'again', answer: { status: row.status, body: JSON.parse(row.answer ?? 'null') } };
  }

  async keep(scope: string, { status, body }: StoredAnswer): Promise<void> {
    await this.pool.query('update platform.idempotency set status = $2, answer = $3 where scope = $1', [
      scope,
      status,
      JSON.stringify(body ?? null),
    ]);
  }

  async forget(scope: string): Promise<void> {
    await this.pool.query('delete from platform.idempotency where scope = $1 and status is null', [scope]);
  }

  private async sweep(): Promise<void> {
    await this.pool.query('delete from platform.idempotency where created_at < now() - $1::interval', [KEPT]);
  }
}
