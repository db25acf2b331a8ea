import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredPublicEvent } from '@quadra/event-feed';
import { CLOUDEVENTS_BATCH_JSON, cloudEventJson } from '@quadra/event-feed';
import type { PublicEvents } from '@quadra/read-models';
import { PublicEventsExpired } from '@quadra/read-models';
import type { Deliveries, Outcome } from './deliveries';
import type { PostOptions } from './post';
import { TargetRefused, post } from './post';
import { GIVE_UP_MS, retryDelayMs } from './retries';
import { signedHeaders } from './signature';
import type { Webhooks } from './store';
import type { Delivery, Webhook } from './webhook';
import { filterOf } from './webhook';

export interface DispatcherParts {
  readonly webhooks: Pick<Webhooks, 'active' | 'suspend' | 'secrets'>;
  readonly deliveries: Deliveries;
  readonly events: Pick<PublicEvents, 'after'>;
  readonly allowPrivate: boolean;
  readonly log: (message: string, error?: unknown) => void;
  readonly now?: () => Date;
  readonly chance?: () => number;
  readonly lookup?: PostOptions['lookup'];
  readonly tickMs?: number;
}

/** Events of one delivery, and about so many characters. */
const MOST_EVENTS = 100;
const MOST_CHARACTERS = 256 * 1024;
const TIMEOUT_MS = 10_000;
const TICK_MS = 300;
/** Deliveries under way at the same time. */
const AT_ONCE = 16;
const GONE = 410;

/** As many events, from the first on, as one delivery carries. */
const load = (events: readonly StoredPublicEvent[]): { body: string; last: bigint; count: number } => {
  const parts: string[] = [];
  let size = 0;
  for (const event of events) {
    const json = cloudEventJson(event);
    if (parts.length > 0 && size + json.length > MOST_CHARACTERS) break;
    parts.push(json);
    size += json.length;
  }
  return { body: `[${parts.join(',')}]`, last: events[parts.length - 1]!.seq, count: parts.length };
};

/** Sends public events to webhooks: of each one in order, one delivery at a time; a slow receiver keeps no other waiting. */
export class Dispatcher {
  private readonly busy = new Map<string, Promise<void>>();

  constructor(private readonly parts: DispatcherParts) {}

  /** Works until the signal ends, and returns when nothing is under way any more. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const active = await this.parts.webhooks.active().catch((error: unknown) => {
        this.parts.log('webhooks cannot be read', error);
        return [];
      });
      for (const webhook of active) {
        if (this.busy.has(webhook.id) || this.busy.size >= AT_ONCE) continue;
        const work = this.step(webhook, signal)
          .catch((error: unknown) => (signal.aborted ? undefined : this.parts.log(`webhook ${webhook.id}`, error)))
          .finally(() => this.busy.delete(webhook.id));
        this.busy.set(webhook.id, work);
      }
      await sleep(this.parts.tickMs ?? TICK_MS, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(this.busy.values());
  }

  /** One delivery, if there is one to make and its time has come. */
  private async step(webhook: Webhook, signal: AbortSignal): Promise<void> {
    const { deliveries, webhooks } = this.parts;
    const delivery = (await deliveries.pending(webhook.id)) ?? (await this.prepare(webhook));
    if (!delivery || delivery.nextAttemptAt > this.now()) return;
    const page = await this.eventsOf(webhook, delivery);
    if (!page) return;
    const outcome = await this.send(webhook, delivery, load(page).body, signal);
    if (signal.aborted && outcome.answered === undefined) return; // the stop of this process is no failure of the receiver
    if (outcome.answered !== undefined && outcome.answered >= 200 && outcome.answered < 300) return deliveries.delivered(delivery, outcome);
    const attempt = delivery.attempts + 1;
    await deliveries.failed(delivery, outcome, retryDelayMs(attempt, (this.parts.chance ?? Math.random)()));
    const reason = this.reasonToStop(delivery, outcome);
    if (reason !== undefined) await webhooks.suspend(webhook.id, reason);
  }

  private async prepare(webhook: Webhook): Promise<Delivery | undefined> {
    const { deliveries, events } = this.parts;
    const page = await events.after(webhook.seq, filterOf(webhook), MOST_EVENTS).catch((error: unknown) => this.onExpired(webhook, error));
    if (!page) return undefined;
    if (page.events.length === 0) {
      if (page.upTo !== webhook.seq) await deliveries.pass(webhook, page.upTo);
      return undefined;
    }
    const { last, count } = load(page.events);
    return deliveries.prepare(webhook, last, count);
  }

  private async eventsOf(webhook: Webhook, delivery: Delivery): Promise<readonly StoredPublicEvent[] | undefined> {
    const found: StoredPublicEvent[] = [];
    for (let at = delivery.fromSeq; at < delivery.toSeq;) {
      const page = await this.parts.events
        .after(at, filterOf(webhook), MOST_EVENTS)
        .catch((error: unknown) => this.onExpired(webhook, error));
      if (!page) return undefined;
      found.push(...page.events.filter((e) => e.seq <= delivery.toSeq));
      at = page.upTo;
    }
    return found.slice(0, delivery.events);
  }

  /** Only a replay to a new place can help: what was missed must not pass unseen. */
  private async onExpired(webhook: Webhook, error: unknown): Promise<undefined> {
    if (!(error instanceof PublicEventsExpired)) throw error;
    await this.parts.webhooks.suspend(webhook.id, 'events that were not delivered are older than the retention: replay from `start`');
    return undefined;
  }

  private async send(webhook: Webhook, delivery: Delivery, body: string, signal: AbortSignal): Promise<Outcome> {
    const { allowPrivate, lookup, webhooks } = this.parts;
    const secrets = await webhooks.secrets(webhook.id);
    const headers = {
      ...signedHeaders(secrets, delivery.id, Math.floor(this.now().getTime() / 1000), body),
      'content-type': CLOUDEVENTS_BATCH_JSON,
      'user-agent': 'Quadra-Webhooks/1',
    };
    try {
      const options = { allowPrivate, timeoutMs: TIMEOUT_MS, signal, ...(lookup && { lookup }) };
      const { status, text } = await post(webhook.url, headers, body, options);
      return { answered: status, answer: text };
    } catch (error) {
      return { error: errorText(error) };
    }
  }

  private reasonToStop(delivery: Delivery, { answered, error }: Outcome): string | undefined {
    if (answered === GONE) return 'the receiver answered 410: it wants no more';
    const since = delivery.firstAttemptAt;
    if (!since || this.now().getTime() - since.getTime() < GIVE_UP_MS) return undefined;
    const last = answered === undefined ? (error ?? 'no answer') : `it answered ${answered}`;
    return `no delivery was taken since ${since.toISOString()}; at last: ${last}`;
  }

  private now(): Date {
    return (this.parts.now ?? (() => new Date()))();
  }
}

const errorText = (error: unknown): string => {
  if (error instanceof TargetRefused) return error.message;
  const { name, message, code } = error as Error & { code?: string };
  if (name === 'TimeoutError' || name === 'AbortError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  return (code ? `${code}: ${message}` : message).slice(0, 300);
};
