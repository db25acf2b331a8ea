import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Month } from '../../tools/bench/month';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: any;
}

/** How long an answer may stay away: a cluster of several processes on a small machine, one of them perhaps just started. */
const PATIENCE_MS = 120_000;
const AGAIN_MS = 250;

/** A file of the month as a form. */
export const formOf = (month: Month, org: string, name: string): FormData => {
  const data = new FormData();
  data.set('file', new Blob([new Uint8Array(readFileSync(join(month.dir, org, name)))]), name);
  return data;
};

/** Talks to an instance over HTTP, as a program of a public body does. */
export class ApiClient {
  constructor(
    private readonly url: () => string,
    private readonly key: () => string,
  ) {}

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.url()}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.key()}`, ...(body && !isForm ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : undefined };
  }

  /** Asks again while the answer is "not now" (502 and 503), as clients do. @throws when it is anything but a success. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    for (const end = Date.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))) {
      const { status, json } = await this.call(method, path, body).catch(() => ({ status: 503, json: undefined }));
      if (status < 300) return json as T;
      if ((status !== 502 && status !== 503) || Date.now() > end) {
        throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
      }
    }
  }

  async register(month: Month): Promise<void> {
    for (const { fiscalCode, name, settings } of month.organizations) {
      await this.ask('POST', '/organizations', { fiscalCode, name });
      await this.ask('PATCH', `/organizations/${fiscalCode}`, settings);
    }
  }

  /** @returns the position of the last event of the file's acceptance. */
  async upload(month: Month, [org, name]: readonly [string, string]): Promise<string> {
    return (await this.ask<{ position: string }>('POST', `/organizations/${org}/files`, formOf(month, org, name))).position;
  }

  /** Uploads files one after the other and waits until everything that follows from each can be read. */
  async load(month: Month, files: Month['files']): Promise<void> {
    const last = new Map<string, string>();
    for (const file of files) last.set(file[0], await this.upload(month, file));
    for (const [org, position] of last) await this.ask('GET', `/organizations/${org}/payments?limit=1&after=${position}`);
  }
}
