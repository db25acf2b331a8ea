import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PUBLIC_EVENT_TYPES } from '@quadra/event-feed';
import { ApiCount, ApiInstant, nullableText } from '@quadra/platform';
import { publicCursor } from '@quadra/read-models';
import type { Delivery, Webhook } from '../webhooks/webhook';

export class PublicEventPageView {
  @ApiProperty({ type: [Object], description: 'CloudEvents 1.0; their schemas stand in /api/asyncapi.json.' })
  items!: object[];
  @ApiProperty({ description: 'Where to go on, whether something matched or not. Never null.' })
  nextCursor!: string;
}

export class WebhookView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uri' })
  url!: string;
  @ApiProperty()
  description!: string;
  @ApiProperty({ type: [String], nullable: true, description: 'Null: all organizations of the instance.' })
  organizations!: readonly string[] | null;
  @ApiProperty({ type: [String], enum: PUBLIC_EVENT_TYPES, nullable: true, description: 'Null: all types.' })
  types!: readonly string[] | null;
  @ApiProperty({ enum: ['active', 'paused', 'suspended'] })
  status!: string;
  @ApiProperty({ ...nullableText, description: 'Why it was suspended.' })
  reason!: string | null;
  @ApiProperty({ description: 'Everything up to here was delivered, or does not concern it.' })
  cursor!: string;
  @ApiInstant()
  createdAt!: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'Until then two secrets sign.' })
  previousSecretUntil?: string;
}

export class CreatedWebhookView extends WebhookView {
  @ApiProperty({ description: 'Signs every delivery (Standard Webhooks). Shown this once.' })
  secret!: string;
}

export class SecretView {
  @ApiProperty({ description: 'The new secret. Shown this once.' })
  secret!: string;
  @ApiInstant({ description: 'Until then the secret before signs too.' })
  previousSecretUntil!: string;
}

export class DeliveryView {
  @ApiProperty({ format: 'uuid', description: 'The `webhook-id` of the request; the same at every attempt.' })
  id!: string;
  @ApiProperty({ enum: ['pending', 'delivered', 'dropped'], description: '`dropped`: put together anew after a change or a replay.' })
  status!: string;
  @ApiCount({ description: 'Events in it.' })
  events!: number;
  @ApiCount()
  attempts!: number;
  @ApiInstant()
  createdAt!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  nextAttemptAt?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  endedAt?: string;
  @ApiPropertyOptional({ type: 'integer', format: 'int32', description: 'Status of the last answer.' })
  answered?: number;
  @ApiPropertyOptional({ description: 'Beginning of the last answer.' })
  answer?: string;
  @ApiPropertyOptional({ description: 'Why there was none.' })
  error?: string;
}

const PageOf = (name: string, item: new () => object) => {
  class Page {
    @ApiProperty({ type: [item] })
    items!: object[];
    @ApiProperty(nullableText)
    nextCursor!: string | null;
  }
  Object.defineProperty(Page, 'name', { value: name });
  return Page;
};
export const WebhookPage = PageOf('WebhookPage', WebhookView);
export const DeliveryPage = PageOf('DeliveryPage', DeliveryView);

export const webhookView = (w: Webhook): WebhookView => ({
  id: w.id,
  url: w.url,
  description: w.description,
  organizations: w.organizations,
  types: w.types,
  status: w.status,
  reason: w.reason,
  cursor: publicCursor(w.seq),
  createdAt: w.createdAt.toISOString(),
  ...(w.previousSecretUntil && { previousSecretUntil: w.previousSecretUntil.toISOString() }),
});

export const deliveryView = (d: Delivery): DeliveryView => ({
  id: d.id,
  status: d.status,
  events: d.events,
  attempts: d.attempts,
  createdAt: d.createdAt.toISOString(),
  ...(d.status === 'pending' && { nextAttemptAt: d.nextAttemptAt.toISOString() }),
  ...(d.endedAt && { endedAt: d.endedAt.toISOString() }),
  ...(d.answered !== null && { answered: d.answered }),
  ...(d.answer !== null && { answer: d.answer }),
  ...(d.error !== null && { error: d.error }),
});
