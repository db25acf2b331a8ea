export { allowedMethods } from './allowed-methods';
export { ApiCents, ApiCount, ApiDate, ApiInstant, ApiPosition, nullableText } from './schemas';
export { ApiProblem, openApiDocument, type DocumentOptions } from './document';
export { wholeDocument } from './whole';
