import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { PUBLIC_EVENTS_SCHEMA as S } from '@quadra/read-models';
import type { Delivery, Webhook } from './webhook';

interface Row {
  id: string;
  webhook_id: string;
  from_seq: string;
  to_seq: string;
  events: number;
  status: Delivery['status'];
  attempts: number;
  first_attempt_at: Date | null;
  next_attempt_at: Date;
  answered: number | null;
  answer: string | null;
  error: string | null;
  created_at: Date;
  ended_at: Date | null;
}

const toDelivery = (r: Row): Delivery => ({
  id: r.id,
  webhookId: r.webhook_id,
  fromSeq: BigInt(r.from_seq),
  toSeq: BigInt(r.to_seq),
  events: r.events,
  status: r.status,
  attempts: r.attempts,
  firstAttemptAt: r.first_attempt_at,
  nextAttemptAt: r.next_attempt_at,
  answered: r.answered,
  answer: r.answer,
  error: r.error,
  createdAt: r.created_at,
  endedAt: r.ended_at,
});

export interface Outcome {
  readonly answered?: number;
  readonly answer?: string;
  readonly error?: string;
}

const KEPT_DAYS = 30;

/** What was sent to webhooks. Of each webhook at most one delivery is in hand: they go out in order. */
export class Deliveries {
  constructor(private readonly pool: Pool) {}

  async pending(webhookId: string): Promise<Delivery | undefined> {
    const { rows } = await this.pool.query<Row>(`select * from ${S}.delivery where webhook_id = $1 and status = 'pending'`, [webhookId]);
    return rows[0] && toDelivery(rows[0]);
  }

  /** Latest first. `before`: only those made before that delivery. */
  async list(webhookId: string, limit: number, before?: string): Promise<Delivery[]> {
    const { rows } = await this.pool.query<Row>(
      `select * from ${S}.delivery where webhook_id = $1
       and ($3::uuid is null or (created_at, id) < (select created_at, id from ${S}.delivery where id = $3 and webhook_id = $1))
       order by created_at desc, id desc limit $2`,
      [webhookId, limit, before ?? null],
    );
    return rows.map(toDelivery);
  }

  /** Puts events in hand, unless somebody moved the webhook in the meantime. */
  async prepare(webhook: Webhook, toSeq: bigint, events: number): Promise<Delivery | undefined> {
    const { rows } = await this.pool.query<Row>(
      `insert into ${S}.delivery (id, webhook_id, from_seq, to_seq, events, status)
       select $1, id, seq, $3, $4, 'pending' from ${S}.webhook where id = $2 and seq = $5 and status = 'active' on conflict do nothing returning *`,
      [randomUUID(), webhook.id, String(toSeq), events, String(webhook.seq)],
    );
    return rows[0] && toDelivery(rows[0]);
  }

  /** Nothing between the two places concerns the webhook. */
  async pass(webhook: Webhook, toSeq: bigint): Promise<void> {
    await this.pool.query(`update ${S}.webhook set seq = $3 where id = $1 and seq = $2`, [webhook.id, String(webhook.seq), String(toSeq)]);
  }

  async delivered(delivery: Delivery, { answered, answer }: Outcome): Promise<void> {
    await this.pool.query(
      `with done as (update ${S}.delivery set status = 'delivered', attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, now()),
         answered = $2, answer = $3, error = null, ended_at = now() where id = $1 and status = 'pending' returning webhook_id, from_seq, to_seq)
       update ${S}.webhook w set seq = done.to_seq from done where w.id = done.webhook_id and w.seq = done.from_seq`,
      [delivery.id, answered ?? null, answer ?? null],
    );
  }

  async failed(delivery: Delivery, { answered, answer, error }: Outcome, delayMs: number): Promise<void> {
    await this.pool.query(
      `update ${S}.delivery set attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, now()), answered = $2, answer = $3, error = $4,
       next_attempt_at = now() + make_interval(secs => $5) where id = $1 and status = 'pending'`,
      [delivery.id, answered ?? null, answer ?? null, error ?? null, delayMs / 1000],
    );
  }

  /** Forgets what ended long ago. */
  async sweep(): Promise<void> {
    await this.pool.query(`delete from ${S}.delivery where status <> 'pending' and created_at < now() - make_interval(days => $1)`, [
      KEPT_DAYS,
    ]);
  }
}
