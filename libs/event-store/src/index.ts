export * from './port';
export { encodeAppend, stampMeta } from './encode';
export type { EncodedAppend, EncodedEvent } from './encode';
export { eventId } from './event-id';
export { createInMemoryStore } from './adapters/in-memory';
export { migrate, openPostgresStore } from './adapters/postgres';
export type { PostgresStoreOptions } from './adapters/postgres';
export { openEventStoreDb } from './adapters/eventstoredb';
export type { EventStoreDbOptions } from './adapters/eventstoredb';
