import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signature } from '../webhooks/signature';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly subject: string;
    readonly organization: string;
    readonly data: any;
  }[];
}

/** A program that takes webhooks, as an integrator would write it. */
export class Receiver {
  readonly received: Received[] = [];
  /** What it answers next: a status, or a redirect. */
  status = 204;
  location: string | undefined;
  private server: Server | undefined;
  private path = '/hook';

  /** Forgets everything and moves to another path. @returns the new address. */
  move(): string {
    this.received.length = 0;
    this.status = 204;
    this.location = undefined;
    this.path = `/hook-${randomUUID()}`;
    return this.address();
  }

  async open(): Promise<string> {
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      request.on('end', () => {
        // A delivery to an address of before may still be on its way: it is taken, and is nobody's news.
        if (request.url !== this.path) return response.writeHead(204).end();
        this.received.push({ headers: request.headers, body, events: JSON.parse(body) as Received['events'] });
        return response.writeHead(this.status, this.location === undefined ? {} : { location: this.location }).end('thanks');
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return this.address();
  }

  private address(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}${this.path}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
  }
}

/** How many of the signatures of a delivery a secret has made. */
export const signedBy = (secret: string, { headers, body }: Received): number => {
  const expected = signature(secret, String(headers['webhook-id']), Number(headers['webhook-timestamp']), body);
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((s) => s === expected).length;
};
