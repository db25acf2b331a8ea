import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { parse } from 'yaml';
import type { ServiceDefinition, ServiceSettings } from '@quadra/platform';
import { MetricsRegistry, createHttpApp, createLogger, openApiDocument, readSettings, writeSideConsistency } from '@quadra/platform';
import { CommandModule } from '../../apps/command/src/http/command.module';
import { IntegrityModule } from '../../apps/command/src/integrity/http/integrity.module';
import { commandService } from '../../apps/command/src/service';
import { ProjectionModule } from '../../apps/projection/src/http/projection.module';
import { projectionService } from '../../apps/projection/src/service';
import { ReconciliationModule } from '../../apps/reconciliation/src/http/reconciliation.module';
import { reconciliationService } from '../../apps/reconciliation/src/service';
import { readRouting, type ServiceName } from '../support/gateway';

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Container>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const ROOT = resolve(__dirname, '../..');
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const compose = parse(textOf('docker-compose.yml'), { merge: true }) as Compose;
const routing = readRouting();

const SERVICES: Readonly<Record<ServiceName, ServiceDefinition<never>>> = {
  command: commandService as unknown as ServiceDefinition<never>,
  reconciliation: reconciliationService as unknown as ServiceDefinition<never>,
  projection: projectionService as unknown as ServiceDefinition<never>,
};
const NAMES = Object.keys(SERVICES) as ServiceName[];

/** Variables that are read outside the lists of settings. */
const READ_ELSEWHERE = ['QUADRA_SECRET'];

const GIVEN: Readonly<Record<string, string>> = { QUADRA_INTERNAL_KEY: 'k'.repeat(32), QUADRA_SECRET: 's'.repeat(32) };

/** `${NAME:-default}` and `${NAME:?why}` as Compose fills them in. */
const filled = (text: string): string =>
  text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind: string, rest: string) => {
    const value = GIVEN[name] ?? (kind === '-' ? rest : undefined);
    if (value === undefined) throw new Error(`${name} is neither given nor has a default`);
    return value;
  });

const environmentOf = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(compose.services[name]!.environment ?? {}).map(([key, value]) => [key, filled(String(value))]));

const settingsOf = (name: ServiceName): ServiceSettings => {
  const { settings, list } = SERVICES[name];
  return readSettings(settings, list, environmentOf(name));
};

/** The routes that a service offers, from its own code. */
const routesOf = async (modules: readonly DynamicModule[]): Promise<[method: string, path: string][]> => {
  const app = await createHttpApp({
    modules,
    logger: createLogger('silent'),
    keys: { authenticate: () => Promise.resolve(undefined) },
    consistency: writeSideConsistency({ head: () => Promise.resolve(0n) }),
    idempotency: {} as never,
    operation: { version: '0', profile: 'cluster', metrics: new MetricsRegistry(), checks: [] },
    rateLimit: 0,
    trustProxy: 0,
  });
  const { paths } = openApiDocument(app, { version: '0' });
  await app.close();
  return Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((m): [string, string] => [m.toUpperCase(), path]));
};

const nothing = {} as never;
const MODULES: Readonly<Record<ServiceName, readonly DynamicModule[]>> = {
  command: [CommandModule.forRoot(nothing), IntegrityModule.forRoot(nothing)],
  reconciliation: [ReconciliationModule.forRoot(nothing)],
  projection: [ProjectionModule.forRoot(nothing)],
};

describe('the compose file', () => {
  it.each(NAMES)('gives the service %s settings that it accepts, and none that it does not know', (name) => {
    const known = new Set([...SERVICES[name].list.map(({ env }) => env), ...READ_ELSEWHERE]);
    expect(Object.keys(environmentOf(name)).filter((variable) => !known.has(variable))).toEqual([]);
    expect(settingsOf(name).host).toBe('0.0.0.0');
  });

  it.each(NAMES)('starts the service %s with its own program, and asks it whether it is ready', (name) => {
    const { command, healthcheck } = compose.services[name]!;
    expect(command).toEqual([`dist/apps/${name}/src/main.js`]);
    expect(existsSync(join(ROOT, command![0]!.replace(/^dist\//, '').replace(/\.js$/, '.ts')))).toBe(true);
    expect(healthcheck!.test.join(' ')).toContain('/health/ready');
  });

  it('has the proxy send each service its requests where it listens', () => {
    expect(routing.upstreams).toEqual(Object.fromEntries(NAMES.map((name) => [name, `${name}:${settingsOf(name).port}`])));
  });

  it('tells services where the others are, under their names and ports', () => {
    const addresses = NAMES.flatMap((name) => Object.entries(environmentOf(name)).filter(([key]) => /^QUADRA_\w+_URL$/.test(key)));
    const peers = addresses.filter(([key, value]) => key !== 'QUADRA_PUBLIC_URL' && value !== '');
    expect(peers.length).toBeGreaterThan(2);
    for (const [key, value] of peers) {
      const name = key.replace(/^QUADRA_|_URL$/g, '').toLowerCase() as ServiceName;
      expect(value).toBe(`http://${name}:${settingsOf(name).port}`);
    }
  });

  it('reaches the servers of the backbone under their names', () => {
    for (const name of NAMES) {
      const { databaseUrl, eventStoreUrl, kafkaBrokers } = settingsOf(name);
      expect(new URL(databaseUrl).host).toBe('postgres:5432');
      expect(new URL(eventStoreUrl).host).toBe('eventstore:2113');
      expect(kafkaBrokers).toEqual(['kafka:9092']);
    }
    expect(environmentOf('kafka')['KAFKA_ADVERTISED_LISTENERS']).toBe('PLAINTEXT://kafka:9092');
    expect(environmentOf('postgres')).toMatchObject({ POSTGRES_USER: 'quadra', POSTGRES_PASSWORD: 'quadra', POSTGRES_DB: 'quadra' });
  });

  it('keeps the data of every server in a volume, and names each volume once', () => {
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes.filter((v) => !v.startsWith('.')));
    expect(mounted.map((v) => v.split(':')[0]).sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const own of Object.values(compose.services).flatMap(({ volumes = [] }) => volumes.filter((v) => v.startsWith('.')))) {
      expect(existsSync(join(ROOT, own.split(':')[0]!))).toBe(true);
    }
  });

  it('waits only for what has a health check, and nothing but the front is open beyond this machine', () => {
    for (const { depends_on = {} } of Object.values(compose.services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect([name, condition, compose.services[name]?.healthcheck !== undefined]).toEqual([name, 'service_healthy', true]);
      }
    }
    for (const { ports = [] } of Object.values(compose.services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });
});

describe('the address in front', () => {
  it.each(NAMES)('leads every route of the service %s to it', async (name) => {
    const routes = (await routesOf(MODULES[name])).filter(([, path]) => !/^\/(health|metrics|api\/v1\/status)/.test(path));
    expect(routes.length).toBeGreaterThan(0);
    const led = routes.map(([method, path]) => [method, path, routing.serviceOf(method, path.replace(/\{\w+\}/g, 'x%2Fy'))]);
    expect(led).toEqual(routes.map(([method, path]) => [method, path, name]));
  });

  it('leads nobody to what the services ask of each other', () => {
    expect(routing.serviceOf('GET', '/api/v1/internal/processors')).toBeUndefined();
    expect(routing.serviceOf('POST', '/api/v1/internal/parked/matcher/00000000001/retry?x=1')).toBeUndefined();
  });

  it('tells paths by their whole parts', () => {
    expect(routing.serviceOf('GET', '/api/v1/organizations/1/files/2?after=3')).toBe('projection');
    expect(routing.serviceOf('GET', '/api/v1/organizations/1/files/2/original?x')).toBe('command');
    expect(routing.serviceOf('GET', '/api/v1/parkedness')).toBe('projection');
  });
});

describe('the image', () => {
  const dockerfile = textOf('Dockerfile');

  it('runs as a user who cannot change the program, and without the packages of the tests', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain('npm prune --omit=dev');
    expect(dockerfile.match(/^FROM /gm)).toHaveLength(2);
  });

  it('copies only what is there', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)([^\n]+) \S+$/gm)].flatMap(([, files]) => files!.split(' '));
    expect(copied.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
