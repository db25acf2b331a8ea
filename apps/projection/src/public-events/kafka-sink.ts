import type { PublicEvent, PublicEventSink, Publisher } from '@quadra/event-feed';
import { CLOUDEVENTS_JSON } from '@quadra/event-feed';

const HEADERS = { 'content-type': CLOUDEVENTS_JSON } as const;

/** Public events as Kafka messages: value the CloudEvent, key the organization, so that the order of each one is kept in its topic. */
export const kafkaSink = (publisher: Pick<Publisher, 'send'>): PublicEventSink => ({
  publish: async (events) => {
    const byTopic = new Map<string, PublicEvent[]>();
    for (const event of events) {
      const known = byTopic.get(event.topic);
      if (known) known.push(event);
      else byTopic.set(event.topic, [event]);
    }
    for (const [topic, own] of byTopic) {
      await publisher.send(
        topic,
        own.map(({ key, json }) => ({ key, value: json, headers: HEADERS })),
      );
    }
  },
});
