export { openEventStoreDb } from './store';
export type { EventStoreDbOptions } from './store';
