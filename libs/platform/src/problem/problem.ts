import type { ProblemCode, ProblemParams } from './catalogue';
import { PROBLEMS, detailOf } from './catalogue';
import type { Language } from './language';

/** One value that a field did not take. */
export interface FieldError {
  /** The field, in dotted notation (`accounts.0.iban`). */
  readonly field: string;
  /** The rule that the value breaks, a stable name. */
  readonly rule: string;
  readonly message: string;
}

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Seconds after which a client may ask again when nothing better is known. */
export const RETRY_AFTER_SECONDS = 2;

/** A refusal of the HTTP interface; the filter turns it into `application/problem+json`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    readonly params: ProblemParams = {},
    { errors, headers = {}, cause }: ProblemOptions = {},
  ) {
    super(`${code}: ${detailOf(code, params, 'en')}`, { cause });
    this.status = PROBLEMS[code].status;
    this.errors = errors;
    this.headers =
      this.status === 503 && !('Retry-After' in headers) ? { ...headers, 'Retry-After': String(RETRY_AFTER_SECONDS) } : headers;
  }
}

/** The body of an error answer (RFC 9457). */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly instance: string;
  readonly errors?: readonly FieldError[];
}

/** The answer for a refusal, in the reader's language; `instance` is the path that was asked for. */
export const problemBody = (problem: ProblemError, language: Language, instance: string): ProblemBody => ({
  type: `urn:quadra:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
  title: PROBLEMS[problem.code].title,
  status: problem.status,
  detail: detailOf(problem.code, problem.params, language),
  code: problem.code,
  instance,
  ...(problem.errors && { errors: problem.errors }),
});
