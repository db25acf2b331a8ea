import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A way to a real server: either it can be had, or `missing` says why not. */
export interface WayToServer {
  readonly name: string;
  readonly missing?: string;
  start(): Promise<RunningServer>;
}

const NOTHING = async (): Promise<void> => undefined;

/** Names that the server's binary goes by. */
const BINARIES = ['kurrentd', 'eventstored'];

const IMAGE = process.env.EVENTSTORE_IMAGE ?? 'eventstore/eventstore:24.10';

const onPath = (names: readonly string[]): string | undefined => {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
};

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await Promise.race([once(child, 'exit'), sleep(5_000).then(() => child.kill('SIGKILL'))]);
};

/** Newer servers call the port of their API `node-port`, older ones `http-port`; one that does not know the name ends at once. */
const startBinary = async (binary: string): Promise<RunningServer> => {
  for (const name of ['node-port', 'http-port']) {
    const [port, inner] = [await freePort(), await freePort()];
    const ports = [`--${name}=${port}`, name === 'node-port' ? `--replication-port=${inner}` : `--int-tcp-port=${inner}`];
    const child = spawn(binary, ['--insecure', '--mem-db', ...ports], { stdio: 'ignore' });
    const failed = await Promise.race([once(child, 'exit').then(() => true), once(child, 'error').then(() => true), sleep(4_000, false)]);
    if (!failed) return { url: `esdb://127.0.0.1:${port}?tls=false`, stop: () => end(child) };
  }
  throw new Error(`${binary} does not start with --insecure --mem-db`);
};

const startContainer = async (): Promise<RunningServer> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withCommand(['--insecure', '--mem-db'])
    .withExposedPorts(2113)
    .withWaitStrategy(Wait.forHttp('/health/live', 2113).forStatusCode(204))
    .start();
  const url = `esdb://${container.getHost()}:${container.getMappedPort(2113)}?tls=false`;
  return { url, stop: async () => void (await container.stop()) };
};

/** Asked in a process of its own, because tests must be declared, or skipped, before anything asynchronous has run. */
const dockerAnswers = (): boolean => {
  const host = process.env.DOCKER_HOST;
  const target = host?.startsWith('tcp://')
    ? `{ host: ${JSON.stringify(new URL(host).hostname)}, port: ${Number(new URL(host).port)}`
    : `{ socketPath: ${JSON.stringify(host?.replace('unix://', '') ?? '/var/run/docker.sock')}`;
  const ask = `require('http').get(${target}, path: '/_ping', timeout: 2000 }, (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`;
  return spawnSync(process.execPath, ['-e', ask], { timeout: 5_000 }).status === 0;
};

/** The ways to a real EventStoreDB, best first. A server that is named must be empty and is filled with tests. */
export const waysToServers = (): WayToServer[] => {
  const url = process.env.EVENTSTORE_URL;
  const binary = onPath(BINARIES);
  return [
    {
      name: 'the server that EVENTSTORE_URL names',
      ...(!url && { missing: 'EVENTSTORE_URL is not set' }),
      start: async () => ({ url: url!, stop: NOTHING }),
    },
    {
      name: 'a server binary',
      ...(!binary && { missing: `no ${BINARIES.join(' or ')} on the PATH` }),
      start: () => startBinary(binary!),
    },
    { name: `a container of ${IMAGE}`, ...(!dockerAnswers() && { missing: 'no Docker engine answers' }), start: startContainer },
  ];
};
