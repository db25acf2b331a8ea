export { ApiCents, ApiCount, ApiDate, ApiInstant, ApiPosition } from './schemas';
export { openApiDocument, type DocumentOptions } from './document';
