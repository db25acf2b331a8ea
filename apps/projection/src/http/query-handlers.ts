import type { Type } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import { Query, QueryHandler } from '@nestjs/cqrs';
import { AmbiguousIssuer, BadCursor, NotReached } from '@quadra/read-models';
import { ProblemError } from '@quadra/platform';
import type { ProjectionPorts } from './ports';
import { PROJECTION_PORTS } from './ports';

/** A read of one organization. */
export abstract class OrganizationQuery<R> extends Query<R> {
  constructor(readonly org: string) {
    super();
  }
}

/** SQLSTATE class 22: a value that a column cannot hold, which only a made-up cursor can bring so far. */
const isDataException = (error: unknown): boolean => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.startsWith('22');
};

const translate = (error: unknown, query: object): unknown => {
  const cursor = (query as { page?: { cursor?: string } }).page?.cursor;
  if (error instanceof BadCursor || (cursor !== undefined && isDataException(error))) return new ProblemError('INVALID_CURSOR');
  if (error instanceof NotReached)
    return new ProblemError('NOT_YET', { after: String(error.position) }, { headers: { 'Retry-After': '1' } });
  if (error instanceof AmbiguousIssuer) {
    return new ProblemError('AMBIGUOUS_ISSUER', { iuv: (query as { iuv?: string }).iuv ?? '', issuers: error.issuers.join(', ') });
  }
  return error;
};

/** A handler for a query class: looks whether the organization is known, asks, and translates what the read refuses. */
export const answers = <Q extends Query<unknown>>(query: Type<Q>, answer: (ports: ProjectionPorts, query: Q) => Promise<unknown>) => {
  @QueryHandler(query)
  class Answer {
    constructor(@Inject(PROJECTION_PORTS) private readonly ports: ProjectionPorts) {}

    async execute(asked: Q): Promise<unknown> {
      if (asked instanceof OrganizationQuery && !(await this.ports.queries.organization(asked.org))) {
        throw new ProblemError('ORGANIZATION_UNKNOWN', { org: asked.org });
      }
      return answer(this.ports, asked).catch((error: unknown) => {
        throw translate(error, asked);
      });
    }
  }
  return Answer;
};

/** @throws the problem when nothing was found. */
export const found = <T>(value: T | undefined, problem: () => ProblemError): T => {
  if (value === undefined) throw problem();
  return value;
};
