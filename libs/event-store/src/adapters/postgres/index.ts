export { migrate } from './migrate';
export { openPostgresStore } from './store';
export type { PostgresStoreOptions } from './store';
