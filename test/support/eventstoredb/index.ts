export { EventStoreDouble } from './double';
export type { DoubleOptions } from './double';
export type { Fate } from './appending';
export type { LogEvent } from './events';
export { freshView, instantOf } from './fresh-view';
export { waysToServers } from './real-servers';
