export { ApiCents, ApiCount, ApiDate, ApiInstant, ApiPosition, nullableText } from './schemas';
export { openApiDocument, type DocumentOptions } from './document';
export { wholeDocument } from './whole';
