export { startEmbeddedPostgres, stopAbandoned, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './start';
export { EmbeddedPostgresError } from './errors';
