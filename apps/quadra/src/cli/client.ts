import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CliError, EXIT } from './io';

/** The instance refused; the message is its own sentence. */
export class Refused extends CliError {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail, code === 'VALIDATION_FAILED' ? EXIT.usage : EXIT.failed);
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

const pathOf = (parts: readonly string[], query: Query = {}): string => {
  const given = Object.entries(query).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)] as [string, string]]));
  return `/api/v1/${parts.map(encodeURIComponent).join('/')}${given.length ? `?${new URLSearchParams(given).toString()}` : ''}`;
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

interface ProblemAnswer {
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { field: string; message: string }[];
}

/** What a proxy in front of an instance answers by itself. */
const OF_PROXY: ReadonlySet<number> = new Set([408, 413, 429]);

const problemIn = (text: string): ProblemAnswer | undefined => {
  try {
    const problem = JSON.parse(text) as ProblemAnswer | null;
    return typeof problem?.code === 'string' ? problem : undefined;
  } catch {
    return undefined;
  }
};

/** Talks to an instance over HTTP, in the language of the person. */
export class Client {
  constructor(
    readonly url: string,
    private readonly key: string | undefined,
    readonly language: 'it' | 'en',
  ) {}

  async get<T>(parts: readonly string[], query?: Query): Promise<T> {
    return this.parsed<T>(await this.answer('GET', pathOf(parts, query)));
  }

  /** What the instance answers as CSV. */
  async getText(parts: readonly string[], query?: Query): Promise<string> {
    const answer = await this.answer('GET', pathOf(parts, query));
    if (!answer.type.startsWith('text/csv')) throw this.noQuadra(answer);
    return answer.text;
  }

  async send<T>(method: 'POST' | 'PATCH', parts: readonly string[], body?: unknown): Promise<T> {
    return this.parsed<T>(await this.answer(method, pathOf(parts), body));
  }

  /** Everything of a list, page by page. */
  async *all<T>(parts: readonly string[], query: Query = {}): AsyncGenerator<T> {
    let cursor: string | undefined;
    do {
      const page: { items: T[]; nextCursor: string | null } = await this.get(parts, { ...query, limit: 1_000, cursor });
      yield* page.items;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Sends a file from the disk while it is read. */
  async upload<T>(parts: readonly string[], file: string): Promise<T> {
    const { size } = await stat(file);
    const boundary = `quadra-${randomBytes(12).toString('hex')}`;
    const name = basename(file).replace(/["\r\n]/g, '_');
    const head = Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    );
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    async function* form(): AsyncGenerator<Buffer> {
      yield head;
      for await (const bytes of createReadStream(file, { highWaterMark: 262_144 })) yield bytes as Buffer;
      yield tail;
    }
    const headers = {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': String(head.length + size + tail.length),
    };
    return this.parsed<T>(await this.stream(pathOf(parts), headers, form()));
  }

  private headers(): Record<string, string> {
    return { 'Accept-Language': this.language, ...(this.key !== undefined && { Authorization: `Bearer ${this.key}` }) };
  }

  private async answer(method: string, path: string, body?: unknown): Promise<Answer> {
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const init = { method, headers: { ...this.headers(), ...json }, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(this.url + path, init).catch((error: unknown) => {
      throw this.unreachable(error);
    });
    const answer = { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
    if (!response.ok) throw this.refusal(answer);
    return answer;
  }

  private async stream(path: string, headers: Record<string, string>, body: AsyncIterable<Buffer>): Promise<Answer> {
    const target = new URL(this.url + path);
    const request = (target.protocol === 'https:' ? httpsRequest : httpRequest)(target, {
      method: 'POST',
      headers: { ...this.headers(), ...headers },
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject));
    const sending = pipeline(body, request);
    sending.catch(() => undefined); // a refusal may cut the sending short: its answer says why
    const response = await answered.catch((error: unknown) => {
      throw this.unreachable(error);
    });
    let text = '';
    for await (const bytes of response.setEncoding('utf8')) text += bytes as string;
    const answer = { status: response.statusCode ?? 500, type: response.headers['content-type'] ?? '', text };
    if (answer.status >= 300) throw this.refusal(answer);
    await sending;
    return answer;
  }

  private parsed<T>(answer: Answer): T {
    if (!answer.type.startsWith('application/json')) throw this.noQuadra(answer);
    try {
      return JSON.parse(answer.text) as T;
    } catch {
      throw this.noQuadra(answer);
    }
  }

  private refusal(answer: Answer): Refused {
    const { status, text } = answer;
    const problem = problemIn(text);
    if (!problem)
      return status >= 500 || OF_PROXY.has(status)
        ? new Refused(status, 'UNKNOWN', `The instance answered ${status}.`)
        : this.noQuadra(answer);
    const fields = (problem.errors ?? []).map((e) => `${e.field}: ${e.message}`).join('; ');
    return new Refused(status, problem.code, [problem.detail ?? `The instance answered ${status}.`, fields].filter(Boolean).join(' '));
  }

  private noQuadra({ status, type }: Answer): Refused {
    const what = [String(status), type.split(';')[0]].filter(Boolean).join(', ');
    return new Refused(status, 'NO_QUADRA', `What answers at ${this.url} is no Quadra (${what}): is --url right?`);
  }

  private unreachable(error: unknown): CliError {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as { code?: string }).code ?? (error as Error).message;
    return new CliError(`No instance answers at ${this.url} (${cause}): is it started, is --url right?`);
  }
}
