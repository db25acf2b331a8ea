export { kafkaFeed } from './feed';
export type { KafkaFeedOptions } from './feed';
export { publisher } from './producer';
export type { PublicMessage, Publisher } from './producer';
export { Relay } from './relay';
export type { RelayOptions, RelayStatus } from './relay';
export type { KafkaSettings } from './settings';
export { ensureTopics, EVENTS_PARTITIONS, EVENTS_TOPIC, TopicMismatch } from './topics';
export type { EnsureTopicsOptions, TopicOptions } from './topics';
