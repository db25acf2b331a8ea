import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { languageOf } from './language';
import { ProblemError, problemBody } from './problem';
import { recognize } from './recognize';

const pathOf = ({ originalUrl }: Request): string => originalUrl.split('?', 1)[0] ?? '/';

/** Answers with a problem document, whatever stage of the request failed. */
export const sendProblem = (problem: ProblemError, request: Request, response: Response): void => {
  if (response.headersSent) {
    response.destroy(); // half an answer is out: cutting it is the only way left to say that it failed
    return;
  }
  const language = languageOf(request.headers['accept-language']);
  response.status(problem.status).set(problem.headers).removeHeader('Content-Disposition');
  response.set('Content-Type', 'application/problem+json; charset=utf-8').set('Content-Language', language).vary('Accept-Language');
  response.send(JSON.stringify(problemBody(problem, language, pathOf(request))));
};

/** The only place that turns errors into answers; faults of Quadra itself are logged with their cause. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param allowedAt the methods that can be used at an address, none where there is nothing. */
  constructor(
    private readonly logger: Logger,
    private readonly allowedAt: (path: string) => readonly string[],
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const problem = this.wrongMethod(error, host.switchToHttp().getRequest<Request>()) ?? recognize(error);
    if (problem.status >= 500 && problem.code !== 'NOT_YET') {
      this.logger.error({ code: problem.code, incident: problem.params['incident'], err: problem.cause }, 'a request failed');
    }
    sendProblem(problem, host.switchToHttp().getRequest<Request>(), host.switchToHttp().getResponse<Response>());
  }

  /** Nest knows no route for the request; another method may have one. */
  private wrongMethod(error: unknown, request: Request): ProblemError | undefined {
    if (!(error instanceof NotFoundException)) return undefined;
    const allowed = this.allowedAt(pathOf(request));
    if (allowed.length === 0 || allowed.includes(request.method)) return undefined;
    const params = { method: request.method, allowed: allowed.join(', ') };
    return new ProblemError('METHOD_NOT_ALLOWED', params, { headers: { Allow: params.allowed } });
  }
}
