import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Pool } from 'pg';
import { ApiKeys, FIRST_KEY_ROLES, migratePlatform } from '@quadra/platform';
import type { PartStatus, ProcessorStatus } from '@quadra/processing';
import { liveHashes } from '@quadra/read-models';
import { READ_MODELS } from '../../apps/projection/src/projection';
import { startKafka, type LocalKafka } from '../../tools/kafka';
import { startGateway, type Gateway, type ServiceName } from '../support/gateway';
import { withDatabase, type TestDatabase } from '../support/postgres';

const ROOT = resolve(__dirname, '../..');
const program = (path: string): string => {
  const file = join(ROOT, 'dist', path);
  if (!existsSync(file)) throw new Error(`${path} is not compiled: node tools/build.mjs`);
  return file;
};

/** A port that was free a moment ago. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** A node program that says in its first line of JSON that it is ready. */
export class Program {
  private child: ChildProcess | undefined;
  private errors = '';

  constructor(
    private readonly path: string,
    private readonly args: readonly string[],
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @returns what its first line says. @throws with what it wrote to standard error when it ends instead. */
  async start(): Promise<Record<string, string>> {
    this.errors = '';
    const child = spawn(process.execPath, [program(this.path), ...this.args], {
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stderr.on('data', (bytes: Buffer) => (this.errors = (this.errors + bytes.toString()).slice(-20_000)));
    const line = await Promise.race([
      once(createInterface(child.stdout), 'line').then(([text]) => text as string),
      once(child, 'close').then(([code]) => Promise.reject(new Error(`${this.path} ended with ${code}: ${this.errors}`))),
    ]);
    return JSON.parse(line) as Record<string, string>;
  }

  get log(): string {
    return this.errors;
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  /** @returns its exit code; null when the signal ended it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
    return child.exitCode;
  }
}

/** Three services as processes of their own, over a real Kafka, the double of EventStoreDB and a PostgreSQL, behind one address. */
export class Cluster {
  readonly services = new Map<string, Program>();
  readonly partitions = 4;
  readonly secret = randomBytes(32).toString('hex');
  /** A key that may do everything. */
  key = '';
  kafka!: LocalKafka;
  store!: Program;
  private gateway!: Gateway;
  private database!: TestDatabase;
  private ports!: Readonly<Record<ServiceName, number>>;
  /** Further processes that the address in front knows, by the service they are of. */
  private readonly more: Record<ServiceName, number[]> = { command: [], reconciliation: [], projection: [] };
  private turn = 0;
  private env: NodeJS.ProcessEnv = {};
  private readonly folder = mkdtempSync(join(tmpdir(), 'quadra-cluster-'));
  private readonly undo: (() => Promise<unknown>)[] = [];

  /** @throws KafkaUnavailable when Java 17 or the jars cannot be had. */
  async open(): Promise<void> {
    this.undo.push(() => Promise.resolve(rmSync(this.folder, { recursive: true, force: true })));
    this.kafka = await startKafka({ dir: join(this.folder, 'kafka') });
    this.undo.push(() => this.kafka.stop());
    this.database = await withDatabase();
    this.undo.push(() => this.database.drop());
    const port = String(await freePort());
    this.store = new Program('test/support/eventstoredb/serve.js', ['--port', port, '--file', join(this.folder, 'events')], {});
    const { url } = await this.store.start();
    this.undo.push(() => this.store.end());
    await this.openServices(url!);
    await this.makeKey();
  }

  /** The one address. */
  get url(): string {
    return this.gateway.url;
  }

  /** Starts a service again, or another process of it beside the first one, which the address in front does not know. */
  async start(service: ServiceName, as: string = service): Promise<void> {
    const port = as === service ? this.ports[service] : 0;
    const program = new Program(`apps/${service}/src/main.js`, [], { ...this.env, QUADRA_PORT: String(port) });
    this.services.set(as, program);
    await program.start();
  }

  /** Starts a second process of a service, which the address in front asks in turn with the first one. */
  async startBeside(service: ServiceName): Promise<void> {
    const port = await freePort();
    const program = new Program(`apps/${service}/src/main.js`, [], { ...this.env, QUADRA_PORT: String(port) });
    this.services.set(`${service}-2`, program);
    await program.start();
    this.more[service].push(port);
  }

  /** The address in front no longer asks the processes beside the first one. */
  forget(service: ServiceName): void {
    this.more[service] = [];
  }

  /** Loses all that Kafka holds; it comes back empty, on the same address. */
  async emptyKafka(): Promise<void> {
    await this.kafka.remove();
    await this.kafka.restart();
  }

  /** Ends a process as a power cut would. */
  async kill(name: string): Promise<void> {
    await this.services.get(name)!.end('SIGKILL');
  }

  /** The digests of the read models. */
  hashes(): Promise<Record<string, string>> {
    return this.withPool((pool) => liveHashes(pool, READ_MODELS));
  }

  /** The parts of a processor of the reconciliation service, as the process behind the one address sees them. */
  async partitionsOf(processor: string): Promise<readonly PartStatus[]> {
    const response = await fetch(`http://127.0.0.1:${this.ports.reconciliation}/api/v1/internal/processors`, {
      headers: { Authorization: `Bearer ${this.key}` },
    });
    const { items } = (await response.json()) as { items: ProcessorStatus[] };
    return items.find(({ name }) => name === processor)!.partitions;
  }

  /** What the processes wrote to their logs. */
  logs(): string {
    return [...this.services].map(([name, { log }]) => `--- ${name}\n${log}`).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all([...this.services.values()].map((service) => service.end()));
    for (const step of this.undo.splice(0).reverse()) await step();
  }

  private async openServices(eventStoreUrl: string): Promise<void> {
    this.ports = { command: await freePort(), reconciliation: await freePort(), projection: await freePort() };
    const at = (service: ServiceName): string => `http://127.0.0.1:${this.ports[service]}`;
    const targets = { command: at('command'), reconciliation: at('reconciliation'), projection: at('projection') };
    this.gateway = await startGateway((service) => this.inTurn(service));
    this.undo.push(() => this.gateway.close());
    this.env = {
      DATABASE_URL: this.database.url,
      EVENTSTORE_URL: eventStoreUrl,
      KAFKA_BROKERS: this.kafka.brokers.join(),
      QUADRA_INTERNAL_KEY: randomBytes(24).toString('hex'),
      QUADRA_SECRET: this.secret,
      QUADRA_COMMAND_URL: targets.command,
      QUADRA_RECONCILIATION_URL: targets.reconciliation,
      QUADRA_PROJECTION_URL: targets.projection,
      QUADRA_PARTITIONS: String(this.partitions),
      QUADRA_RATE_LIMIT: '0',
      QUADRA_DRAIN_SECONDS: '0',
      KAFKA_SESSION_SECONDS: '6',
      QUADRA_LOG_LEVEL: 'warn',
    };
    for (const name of ['command', 'reconciliation', 'projection'] as const) await this.start(name);
  }

  private inTurn(service: ServiceName): string {
    const ports = [this.ports[service], ...this.more[service]];
    return `http://127.0.0.1:${ports[this.turn++ % ports.length]}`;
  }

  private makeKey(): Promise<void> {
    return this.withPool(async (pool) => {
      await migratePlatform(pool);
      this.key = (await new ApiKeys(pool).create({ name: 'test', roles: FIRST_KEY_ROLES, organizations: '*' })).token;
    });
  }

  async withPool<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
    const pool = new Pool({ connectionString: this.database.url, max: 2 });
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  }
}
