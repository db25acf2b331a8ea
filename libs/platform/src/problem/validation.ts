import type { ValidationError } from '@nestjs/common';
import { ValidationPipe } from '@nestjs/common';
import type { FieldError } from './problem';
import { ProblemError } from './problem';

const flatten = (errors: readonly ValidationError[], prefix = ''): FieldError[] =>
  errors.flatMap((error) => {
    const field = `${prefix}${error.property}`.slice(0, 100);
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({ field, rule, message }));
    return [...own, ...flatten(error.children ?? [], `${field}.`)];
  });

/** `VALIDATION_FAILED` with one entry per broken rule. */
const validationProblem = (errors: readonly ValidationError[]): ProblemError => {
  const found = flatten(errors).slice(0, 50);
  return new ProblemError('VALIDATION_FAILED', { fields: [...new Set(found.map((e) => e.field))].join(', ') }, { errors: found });
};

/** A problem for one field, where the rule is not one of a DTO. */
export const invalidField = (field: string, rule: string, message: string): ProblemError =>
  new ProblemError('VALIDATION_FAILED', { fields: field }, { errors: [{ field, rule, message }] });

/** Checks every body and query against its DTO; a field that no DTO names is refused. */
export const validationPipe = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    validationError: { target: false, value: false },
    exceptionFactory: validationProblem,
  });

/** Parameters or fields that a route does not take, refused as validation refuses those that a DTO does not name. */
export const strayProblem = (names: readonly string[]): ProblemError =>
  validationProblem(
    names
      .map((name) => name.slice(0, 100))
      .map((property) => ({ property, constraints: { whitelistValidation: `property ${property} should not exist` } })),
  );
