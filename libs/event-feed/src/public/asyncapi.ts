import type { PublicChannel, PublicEventType } from './catalogue';
import { PUBLIC_EVENTS, PUBLIC_EVENT_TYPES, PUBLIC_TOPICS } from './catalogue';
import { dataSchemaOf } from './envelope';
import type { Schema } from './fields';
import { schemaOf } from './fields';

/** A name that AsyncAPI takes as a key: `it.quadra.credit.explained.v1` becomes `credit.explained`. */
const nameOf = (type: PublicEventType): string => type.replace(/^it\.quadra\./, '').replace(/\.v\d+$/, '');

const CHANNELS: Readonly<Record<PublicChannel, string>> = {
  payments: 'Payments and their transfers.',
  settlements: 'Settlement flows and their funding.',
  credits: 'What the treasurer booked, and what it pays for.',
  reconciliation: 'Files taken in.',
};

const ref = (path: string): Schema => ({ $ref: `#/${path}` });

/** The attributes of CloudEvents 1.0 that every event has. */
const envelopeSchema = (type: PublicEventType): Schema => ({
  type: 'object',
  required: [
    ...['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema'],
    ...['sequence', 'organization', 'position', 'correction', 'data'],
  ],
  properties: {
    specversion: { const: '1.0' },
    id: {
      type: 'string',
      format: 'uuid',
      description:
        'UUIDv5 of subject, position and type (and sequence, for discrepancies and duplicates): a repeated delivery has the same id.',
    },
    source: { type: 'string', pattern: '^/orgs/\\d{11}$' },
    type: { const: type },
    subject: { type: 'string', description: 'What it is about, beginning with the fiscal code of the organization.' },
    time: { type: 'string', format: 'date-time', description: 'When its cause was recorded.' },
    datacontenttype: { const: 'application/json' },
    dataschema: { const: dataSchemaOf(type) },
    sequence: { type: 'string', pattern: '^[1-9]\\d*$', description: '1, 2, 3 … for each subject, without a gap.' },
    organization: { type: 'string', pattern: '^\\d{11}$' },
    position: { type: 'string', description: 'Position of the cause in the history; opaque.' },
    ruleset: { type: 'string', description: 'Version of the rules that concluded it; absent for facts.' },
    correction: { type: 'boolean', description: 'Takes back what an earlier event of this subject said.' },
    data: ref(`components/schemas/${nameOf(type)}`),
  },
});

const messageOf = (type: PublicEventType): Schema => ({
  name: type,
  title: nameOf(type),
  summary: PUBLIC_EVENTS[type].summary,
  contentType: 'application/cloudevents+json',
  payload: envelopeSchema(type),
});

const typesOf = (channel: PublicChannel): readonly PublicEventType[] =>
  PUBLIC_EVENT_TYPES.filter((type) => PUBLIC_EVENTS[type].channel === channel);

const channelOf = (channel: PublicChannel): Schema => ({
  address: PUBLIC_TOPICS[channel],
  description: CHANNELS[channel],
  messages: Object.fromEntries(typesOf(channel).map((type) => [nameOf(type), ref(`components/messages/${nameOf(type)}`)])),
  bindings: { kafka: { topic: PUBLIC_TOPICS[channel], bindingVersion: '0.5.0' } },
});

const operationOf = (channel: PublicChannel): Schema => ({
  action: 'send',
  channel: ref(`channels/${channel}`),
  summary: `Quadra publishes: ${CHANNELS[channel]}`,
  bindings: { kafka: { bindingVersion: '0.5.0' } },
});

const keyed = <K extends string>(keys: readonly K[], value: (key: K) => Schema): Record<string, Schema> =>
  Object.fromEntries(keys.map((key) => [key, value(key)]));

/** The AsyncAPI 3 document of the public events, from the schemas that they are checked against. */
export const asyncApiDocument = (): Schema => {
  const channels = Object.keys(PUBLIC_TOPICS) as PublicChannel[];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Quadra public events',
      version: '1.0.0',
      description:
        'CloudEvents 1.0 in JSON, at least once, in order for each organization. The key of a Kafka message is the organization. ' +
        'The same events are read by GET /api/v1/events and sent to webhooks. Readers must accept fields that they do not know.',
      license: { name: 'EUPL-1.2', url: 'https://eupl.eu/1.2/en/' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels: keyed(channels, channelOf),
    operations: Object.fromEntries(channels.map((channel) => [`publish-${channel}`, operationOf(channel)])),
    components: {
      messages: Object.fromEntries(PUBLIC_EVENT_TYPES.map((type) => [nameOf(type), messageOf(type)])),
      schemas: Object.fromEntries(
        PUBLIC_EVENT_TYPES.map((type) => [nameOf(type), schemaOf(PUBLIC_EVENTS[type].data, PUBLIC_EVENTS[type].summary)]),
      ),
    },
  };
};
