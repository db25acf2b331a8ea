import { isUtf8 } from 'node:buffer';
import type { NextFunction, Request, Response } from 'express';
import { ProblemError, invalidField, strayProblem } from '../problem';

/** U+0000, or half of a surrogate pair, which JSON can write as `\ud800`. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
/** What every object has by nature: as the name of a field it would be read past, or change the object. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));
const JSON_EXPECTED = 'application/json, UTF-8';
/** Nothing of ours is nested so deep. */
const MAX_DEPTH = 20;

/** Why no part of a JSON document may hold what this one holds; undefined when nothing is wrong with it. */
const refusalOf = (value: unknown, depth = 0): ProblemError | undefined => {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? new ProblemError('INVALID_CHARACTER') : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return invalidField('body', 'maxDepth', `must not be nested deeper than ${MAX_DEPTH} levels`);
  for (const [key, inner] of Object.entries(value)) {
    if (INHERITED.has(key)) return strayProblem([key]);
    const refusal = UNSTORABLE.test(key) ? new ProblemError('INVALID_CHARACTER') : refusalOf(inner, depth + 1);
    if (refusal) return refusal;
  }
  return undefined;
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
  if (UNSTORABLE.test(decoded)) return next(new ProblemError('INVALID_CHARACTER'));
  const [, query = ''] = request.originalUrl.split(/\?(.*)/s, 2);
  const inherited = [...new URLSearchParams(query).keys()].find((name) => INHERITED.has(name));
  next(inherited === undefined ? undefined : strayProblem([inherited]));
};

/** A JSON body as its bytes, before it is read: what is not UTF-8 would be changed into something else in silence. */
export const requireUtf8 = (_request: unknown, _response: unknown, bytes: Buffer, encoding: string): void => {
  if (encoding !== 'utf-8') throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', { expected: JSON_EXPECTED });
  if (!isUtf8(bytes)) throw new ProblemError('MALFORMED_JSON');
};

/** A JSON body, after it was read. */
export const bodyGate = (request: Request, _: Response, next: NextFunction): void => {
  const body: unknown = request.body;
  if (body === undefined) return next();
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return next(invalidField('body', 'isObject', 'must be a JSON object'));
  }
  next(refusalOf(body));
};

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const FORM_TYPE = /^multipart\/form-data\s*;/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";]*)"?/i;
/** The route that takes a form. */
const UPLOAD = /\/files\/?$/;

const isUtf8Json = (type: string): boolean => JSON_TYPE.test(type) && /^(utf-8)?\s*$/i.test(CHARSET.exec(type)?.[1] ?? '');

/** A body of another kind than the route takes would be taken for an empty one; in another charset, for another text. */
export const mediaGate = (request: Request, _: Response, next: NextFunction): void => {
  const { 'content-type': type = '', 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  const hasBody = chunked !== undefined || (length !== undefined && length !== '0');
  const isUpload = UPLOAD.test(request.path);
  const isKnown = isUpload ? FORM_TYPE.test(type) : isUtf8Json(type);
  const expected = isUpload ? 'multipart/form-data' : JSON_EXPECTED;
  next(hasBody && !isKnown ? new ProblemError('UNSUPPORTED_MEDIA_TYPE', { expected }) : undefined);
};
