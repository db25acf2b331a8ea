export { startEmbeddedPostgres, stopAbandoned, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './start';
export { checkEmbeddedPostgres } from './check';
export { FolderUnusable, makeFolder } from './folder';
export { EmbeddedPostgresError } from './errors';
