import type { NextFunction, Request, Response } from 'express';
import { ProblemError, invalidField } from '../problem';

/** U+0000, or half of a surrogate pair, which JSON can write as `\ud800`. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

const isUnstorable = (value: unknown, depth = 0): boolean => {
  if (typeof value === 'string') return UNSTORABLE.test(value);
  if (typeof value !== 'object' || value === null) return false;
  if (depth > 20) return true; // nothing of ours is nested so deep
  return Object.entries(value).some(([key, inner]) => UNSTORABLE.test(key) || isUnstorable(inner, depth + 1));
};

/** PostgreSQL keeps no U+0000 and no half surrogate pair, so neither comes in; an address that is no UTF-8 is refused here too. */
export const addressGate = (request: Request, _: Response, next: NextFunction): void => {
  let decoded: string;
  try {
    decoded = decodeURIComponent(request.originalUrl.replaceAll('+', ' '));
  } catch (cause) {
    next(new ProblemError('MALFORMED_REQUEST', { reason: 'its address is not percent-encoded UTF-8' }, { cause }));
    return;
  }
  next(UNSTORABLE.test(decoded) ? new ProblemError('INVALID_CHARACTER') : undefined);
};

/** The same for a JSON body, after it was read. */
export const bodyGate = (request: Request, _: Response, next: NextFunction): void => {
  if (Array.isArray(request.body)) return next(invalidField('body', 'isObject', 'must be a JSON object'));
  next(isUnstorable(request.body) ? new ProblemError('INVALID_CHARACTER') : undefined);
};

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const FORM_TYPE = /^multipart\/form-data\s*;/i;
/** The route that takes a form. */
const UPLOAD = /\/files\/?(?:\?|$)/;

/** A body that is neither JSON nor a form would be taken for an empty one. */
export const mediaGate = (request: Request, _: Response, next: NextFunction): void => {
  const { 'content-type': type = '', 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  const hasBody = chunked !== undefined || (length !== undefined && length !== '0');
  const known = JSON_TYPE.test(type) || FORM_TYPE.test(type);
  const expected = UPLOAD.test(request.originalUrl) ? 'multipart/form-data' : 'application/json';
  next(hasBody && !known ? new ProblemError('UNSUPPORTED_MEDIA_TYPE', { expected }) : undefined);
};
