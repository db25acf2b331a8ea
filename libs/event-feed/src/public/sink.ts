import type { PublicEventType } from './catalogue';
import { topicOf } from './catalogue';
import type { StoredPublicEvent } from './envelope';
import { cloudEventJson, publicEventId } from './envelope';

/** A public event on its way out. */
export interface PublicEvent {
  readonly topic: string;
  /** Orders the messages of one organization. */
  readonly key: string;
  readonly id: string;
  readonly type: PublicEventType;
  /** CloudEvents 1.0 in JSON. */
  readonly json: string;
}

export const CLOUDEVENTS_JSON = 'application/cloudevents+json; charset=utf-8';
export const CLOUDEVENTS_BATCH_JSON = 'application/cloudevents-batch+json; charset=utf-8';

/** Where the publisher hands events on, in order. Resolves when all of them are safe there; the same ones may come again. */
export interface PublicEventSink {
  publish(events: readonly PublicEvent[]): Promise<void>;
}

export const outgoing = (e: StoredPublicEvent): PublicEvent => ({
  topic: topicOf(e.type),
  key: e.org,
  id: publicEventId(e),
  type: e.type,
  json: cloudEventJson(e),
});
