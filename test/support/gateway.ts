import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

const CONFIG = join(resolve(__dirname, '../..'), 'docker/nginx.conf');

export type ServiceName = 'command' | 'reconciliation' | 'projection';

export interface Routing {
  /** Which service answers, or undefined when the address is not for the outside. */
  serviceOf(method: string, uri: string): ServiceName | undefined;
  /** `host:port` of each service in the configuration. */
  readonly upstreams: Readonly<Record<string, string>>;
}

/** What the configuration of the proxy says, read as far as it says which route goes where. */
export const readRouting = (config = readFileSync(CONFIG, 'utf8')): Routing => {
  const map = /^map [^{]*\{([\s\S]*?)\n\}/m.exec(config)![1]!;
  const rules = [...map.matchAll(/^\s*"~(.+)" (\w+);$/gm)].map(([, pattern, service]) => ({ pattern: new RegExp(pattern!), service }));
  const otherwise = /^\s*default (\w+);$/m.exec(map)![1]!;
  const closed = [...config.matchAll(/location ~ (\S+) \{\s*return 404;/g)].map(([, pattern]) => new RegExp(pattern!));
  const upstreams = [...config.matchAll(/upstream (\w+) \{\s*server ([^;]+);/g)].map(([, name, server]) => [name!, server!] as const);
  return {
    serviceOf: (method, uri) => {
      if (closed.some((pattern) => pattern.test(uri.split('?')[0]!))) return undefined;
      return (rules.find(({ pattern }) => pattern.test(`${method} ${uri}`))?.service ?? otherwise) as ServiceName;
    },
    upstreams: Object.fromEntries(upstreams),
  };
};

export interface Gateway {
  readonly url: string;
  close(): Promise<void>;
}

const forward = (target: string, request: IncomingMessage, response: ServerResponse): void => {
  const headers = { ...request.headers, 'x-forwarded-for': request.socket.remoteAddress };
  const outgoing = httpRequest(new URL(request.url ?? '/', target), { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  request.pipe(outgoing);
};

/** One address in front of services, by the routes of the proxy's own configuration. `target` is asked at each request. */
export const startGateway = async (target: (service: ServiceName) => string): Promise<Gateway> => {
  const routing = readRouting();
  const server = createServer((request, response) => {
    const service = routing.serviceOf(request.method ?? 'GET', request.url ?? '/');
    if (service === undefined) response.writeHead(404).end();
    else forward(target(service), request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};
