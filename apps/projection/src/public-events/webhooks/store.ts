import { randomUUID } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type { PublicEventType } from '@quadra/event-feed';
import { inTransaction } from '@quadra/processing';
import { PUBLIC_EVENTS_SCHEMA as S } from '@quadra/read-models';
import type { Keyring } from '@quadra/platform';
import { newSecret } from './signature';
import type { Webhook, WebhookStatus } from './webhook';

export interface WebhookRequest {
  readonly url: string;
  readonly description: string;
  readonly organizations: readonly string[] | null;
  readonly types: readonly PublicEventType[] | null;
  /** Where it begins. */
  readonly seq: bigint;
  readonly createdBy: string;
}

export type WebhookChange = Partial<
  Pick<WebhookRequest, 'url' | 'description' | 'organizations' | 'types'> & { readonly status: WebhookStatus }
>;

/** How long the secret before a rotation goes on signing. */
const OVERLAP_HOURS = 24;
/** Webhooks of one instance: each is asked for news by itself. */
const MOST = 200;

/** There are as many webhooks as an instance serves. */
export class TooManyWebhooks extends Error {}

const COLUMNS = 'id, url, description, organizations, types, status, reason, seq, previous_until, created_by, created_at';

interface Row {
  id: string;
  url: string;
  description: string;
  organizations: string[] | null;
  types: PublicEventType[] | null;
  status: WebhookStatus;
  reason: string | null;
  seq: string;
  previous_until: Date | null;
  created_by: string;
  created_at: Date;
}

const toWebhook = (r: Row): Webhook => ({
  id: r.id,
  url: r.url,
  description: r.description,
  organizations: r.organizations,
  types: r.types,
  status: r.status,
  reason: r.reason,
  seq: BigInt(r.seq),
  previousSecretUntil: r.previous_until,
  createdBy: r.created_by,
  createdAt: r.created_at,
});

const nameOf = (id: string): string => `webhook/${id}/secret`;

/** The webhooks of an instance. Their secrets lie sealed; a secret is shown once, when it is made. */
export class Webhooks {
  constructor(
    private readonly pool: Pool,
    private readonly keyring: Pick<Keyring, 'seal' | 'open'>,
  ) {}

  /** @throws TooManyWebhooks */
  async create(request: WebhookRequest): Promise<{ webhook: Webhook; secret: string }> {
    const [id, secret] = [randomUUID(), newSecret()];
    const { rows } = await this.pool.query<Row>(
      `insert into ${S}.webhook (id, url, description, organizations, types, status, seq, secret, created_by)
       select $1, $2, $3, $4, $5, 'active', $6, $7, $8 where (select count(*) from ${S}.webhook) < $9 returning ${COLUMNS}`,
      [
        ...[id, request.url, request.description, request.organizations, request.types],
        ...[String(request.seq), this.sealed(id, secret), request.createdBy, MOST],
      ],
    );
    if (!rows[0]) throw new TooManyWebhooks(`an instance serves ${MOST} webhooks`);
    return { webhook: toWebhook(rows[0]), secret };
  }

  async list(): Promise<Webhook[]> {
    const { rows } = await this.pool.query<Row>(`select ${COLUMNS} from ${S}.webhook order by created_at, id`);
    return rows.map(toWebhook);
  }

  async active(): Promise<Webhook[]> {
    const { rows } = await this.pool.query<Row>(`select ${COLUMNS} from ${S}.webhook where status = 'active' order by id`);
    return rows.map(toWebhook);
  }

  async get(id: string): Promise<Webhook | undefined> {
    const { rows } = await this.pool.query<Row>(`select ${COLUMNS} from ${S}.webhook where id = $1`, [id]);
    return rows[0] && toWebhook(rows[0]);
  }

  /** What is in hand is put together anew, since it may go elsewhere or hold something else. */
  async change(webhook: Webhook, change: WebhookChange): Promise<Webhook | undefined> {
    const next = { ...webhook, ...change };
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<Row>(
        `update ${S}.webhook set url = $2, description = $3, organizations = $4, types = $5, status = $6,
         reason = case when $6 = 'suspended' then reason end where id = $1 returning ${COLUMNS}`,
        [webhook.id, next.url, next.description, next.organizations, next.types, next.status],
      );
      await dropPending(tx, webhook.id);
      return rows[0] && toWebhook(rows[0]);
    });
  }

  /** Goes back to a place: what follows it is delivered again, in order, and then what is new. */
  async replay(id: string, seq: bigint): Promise<void> {
    await inTransaction(this.pool, async (tx) => {
      await tx.query(`update ${S}.webhook set seq = $2 where id = $1`, [id, String(seq)]);
      await dropPending(tx, id);
    });
  }

  async suspend(id: string, reason: string): Promise<void> {
    await this.pool.query(`update ${S}.webhook set status = 'suspended', reason = $2 where id = $1 and status = 'active'`, [id, reason]);
  }

  /** @returns false when there is none. */
  async remove(id: string): Promise<boolean> {
    return (await this.pool.query(`delete from ${S}.webhook where id = $1`, [id])).rowCount === 1;
  }

  /** Makes a new secret; the one before signs beside it for a day. */
  async rotate(id: string): Promise<{ secret: string; previousUntil: Date } | undefined> {
    const secret = newSecret();
    const { rows } = await this.pool.query<{ previous_until: Date }>(
      `update ${S}.webhook set previous_secret = secret, secret = $2, previous_until = now() + make_interval(hours => $3)
       where id = $1 returning previous_until`,
      [id, this.sealed(id, secret), OVERLAP_HOURS],
    );
    return rows[0] && { secret, previousUntil: rows[0].previous_until };
  }

  /** The secrets that sign now, the newest first. */
  async secrets(id: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ secret: Buffer; previous: Buffer | null }>(
      `select secret, case when previous_until > now() then previous_secret end as previous from ${S}.webhook where id = $1`,
      [id],
    );
    return rows
      .flatMap((r) => (r.previous ? [r.secret, r.previous] : [r.secret]))
      .map((s) => this.keyring.open(s, nameOf(id)).toString('utf8'));
  }

  private sealed(id: string, secret: string): Buffer {
    return this.keyring.seal(Buffer.from(secret), nameOf(id));
  }
}

const dropPending = (tx: ClientBase, webhookId: string): Promise<unknown> =>
  tx.query(`update ${S}.delivery set status = 'dropped', ended_at = now() where webhook_id = $1 and status = 'pending'`, [webhookId]);
