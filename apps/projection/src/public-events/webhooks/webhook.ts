import type { PublicEventType } from '@quadra/event-feed';
import type { PublicEventFilter } from '@quadra/read-models';

/** `suspended`: by Quadra, with a reason; `paused`: by whoever owns it. */
export type WebhookStatus = 'active' | 'paused' | 'suspended';

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  /** Null: all organizations of the instance, those to come too. */
  readonly organizations: readonly string[] | null;
  /** Null: all types, those to come too. */
  readonly types: readonly PublicEventType[] | null;
  readonly status: WebhookStatus;
  readonly reason: string | null;
  /** Everything up to here was delivered, or does not concern it. */
  readonly seq: bigint;
  readonly previousSecretUntil: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly fromSeq: bigint;
  readonly toSeq: bigint;
  readonly events: number;
  readonly status: 'pending' | 'delivered' | 'dropped';
  readonly attempts: number;
  readonly firstAttemptAt: Date | null;
  readonly nextAttemptAt: Date;
  readonly answered: number | null;
  readonly answer: string | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

export const filterOf = ({ organizations, types }: Pick<Webhook, 'organizations' | 'types'>): PublicEventFilter => ({
  ...(organizations && { organizations }),
  ...(types && { types }),
});
