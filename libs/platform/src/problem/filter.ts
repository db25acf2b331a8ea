import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { languageOf } from './catalogue';
import type { ProblemError } from './problem';
import { problemBody } from './problem';
import { recognize } from './recognize';

/** Answers with a problem document, whatever stage of the request failed. */
export const sendProblem = (problem: ProblemError, request: Request, response: Response): void => {
  if (response.headersSent) {
    response.destroy(); // half an answer is out: cutting it is the only way left to say that it failed
    return;
  }
  const language = languageOf(request.headers['accept-language']);
  response.status(problem.status).set(problem.headers).removeHeader('Content-Disposition');
  response.set('Content-Type', 'application/problem+json; charset=utf-8').set('Content-Language', language).vary('Accept-Language');
  response.send(JSON.stringify(problemBody(problem, language, request.originalUrl.split('?', 1)[0] ?? '/')));
};

/** The only place that turns errors into answers; faults of Quadra itself are logged with their cause. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const problem = recognize(error);
    if (problem.status >= 500 && problem.code !== 'NOT_YET') {
      this.logger.error({ code: problem.code, incident: problem.params['incident'], err: problem.cause }, 'a request failed');
    }
    sendProblem(problem, host.switchToHttp().getRequest<Request>(), host.switchToHttp().getResponse<Response>());
  }
}
