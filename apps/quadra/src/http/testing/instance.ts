import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '@quadra/platform';
import { PROBLEMS } from '@quadra/platform';
import { generateFiles } from '../../../../../tools/generator';
import type { TestDatabase } from '../../../../../test/support/postgres';
import { withDatabase } from '../../../../../test/support/postgres';
import type { HttpServer } from '../../main';
import { startHttp } from '../../main';
import type { Standalone } from '../../standalone';
import { openStandalone } from '../../standalone';

/* Imports run in compiled reader threads: `npm test` compiles first. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: any;
}

/** `key`: null for none, by default an administrator's. `on`: another server than that of the instance. */
export type Call = RequestInit & { readonly key?: string | null; readonly on?: string };

export const MAX_FILE = 3_000_000;
/** A body that is not registered. */
export const UNKNOWN_ORG = '11111111115';

interface GeneratedFile {
  readonly org: string;
  readonly name: string;
  readonly bytes: Buffer;
}

/** An instance that serves HTTP, with one body and the files of its month, none of them taken in yet. */
export class Instance {
  readonly files: readonly GeneratedFile[] = [...generateFiles({ payments: 20, orgs: 1, seed: 'http', month: '2026-03' })].filter(
    (file) => file.org !== '',
  );
  /** The registered body. */
  readonly org = this.files[0]!.org;
  admin!: string;
  server!: HttpServer;
  standalone!: Standalone;
  private database: TestDatabase | undefined;
  private readonly dataDir = mkdtempSync(join(tmpdir(), 'quadra-http-'));

  async open(): Promise<void> {
    this.database = await withDatabase();
    this.standalone = await openStandalone({ dataDir: this.dataDir, databaseUrl: this.database.url, maxFileBytes: MAX_FILE });
    this.server = await startHttp(this.standalone, { host: '127.0.0.1', port: 0, rateLimit: 0 });
    this.admin = this.keyOf(['system-admin', 'org-admin', 'finance-manager', 'treasury-operator']);
    const { json } = await this.send('POST', '/api/v1/organizations', { fiscalCode: this.org, name: 'Comune di Prova' });
    await this.call(`/api/v1/organizations/${this.org}?after=${json.position}`);
  }

  async close(): Promise<void> {
    await (this.server as HttpServer | undefined)?.close();
    await (this.standalone as Standalone | undefined)?.close();
    await this.database?.drop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** The path of what belongs to the registered body. */
  at(path: string): string {
    return `/api/v1/organizations/${this.org}/${path}`;
  }

  keyOf(roles: readonly Role[], organizations: '*' | string[] = '*'): string {
    return this.server.keys.createPassing({ name: 'test', roles, organizations });
  }

  async call(path: string, { key = this.admin, on = this.server.url, ...init }: Call = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (key !== null && !headers.has('Authorization')) headers.set('Authorization', `Bearer ${key}`);
    const response = await fetch(on + path, { ...init, headers });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  send(method: string, path: string, body: unknown, init: Call = {}): Promise<Answer> {
    const headers = { 'Content-Type': 'application/json', ...(init.headers as object) };
    return this.call(path, { ...init, method, body: JSON.stringify(body), headers });
  }

  upload(
    name: string,
    bytes: Uint8Array,
    { format, ...init }: Call & { readonly format?: string; readonly to?: string } = {},
  ): Promise<Answer> {
    const { to = this.org, ...rest } = init;
    const form = new FormData();
    if (format !== undefined) form.set('format', format);
    form.set('file', new Blob([new Uint8Array(bytes)]), name);
    return this.call(`/api/v1/organizations/${to}/files`, { ...rest, method: 'POST', body: form });
  }

  /** Takes in the whole month. @returns the position after which all that follows from it can be read */
  async takeAll(): Promise<string> {
    let position = '';
    for (const file of this.files) position = (await this.upload(file.name, file.bytes)).json.position;
    return position;
  }
}

/** An instance for all tests of a spec. */
export const useInstance = (): Instance => {
  const instance = new Instance();
  beforeAll(() => instance.open(), 120_000);
  afterAll(() => instance.close(), 60_000);
  return instance;
};

export const expectProblem = (answer: Answer, status: number, code: keyof typeof PROBLEMS): void => {
  expect({ status: answer.status, code: answer.json?.code }).toEqual({ status, code });
  expect(answer.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({
    type: expect.stringMatching(/^urn:quadra:problem:/),
    title: PROBLEMS[code].title,
    status,
    detail: expect.any(String),
  });
  expect(answer.json.instance).toMatch(/^\//);
};
