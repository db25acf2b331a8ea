import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { HealthCheck, Logger, OperationPort, Settings } from '@quadra/platform';
import { ApiKeys, IdempotencyStore, MetricsRegistry, createHttpApp, createLogger, migratePlatform, processMetrics } from '@quadra/platform';
import { CommandModule } from '../../command/src/http/command.module';
import { ProjectionModule } from '../../projection/src/http/projection.module';
import { ReconciliationModule } from '../../reconciliation/src/http/reconciliation.module';
import type { Standalone } from './standalone';
import { VERSION } from './version';

export type HttpSettings = Pick<Settings, 'host' | 'port'> &
  Partial<Pick<Settings, 'rateLimit' | 'trustProxy' | 'maxFileBytes' | 'publicUrl' | 'logLevel'>>;

export interface HttpServer {
  /** The address, with the port that was really taken. */
  readonly url: string;
  readonly keys: ApiKeys;
  /** The composed application, for those who document it. */
  readonly app: NestExpressApplication;
  close(): Promise<void>;
}

const GIB = 1024 ** 3;

/** Lag of the processors and what became of files, read from the running parts. */
const productMetrics = (metrics: MetricsRegistry, { processors }: Standalone): void => {
  const each = (value: (p: ReturnType<Standalone['processors']['status']>[number]) => number) => () =>
    processors.status().map((p) => ({ labels: { processor: p.name }, value: value(p) }));
  metrics.gauge(
    'quadra_processor_lag_seconds',
    'Seconds since the processor was last level with the history.',
    each((p) => p.lagSeconds),
  );
  metrics.gauge(
    'quadra_processor_caught_up',
    'Whether the processor is level with the history.',
    each((p) => Number(p.caughtUp)),
  );
  metrics.gauge(
    'quadra_processor_parked_organizations',
    'Organizations parked in the processor.',
    each((p) => p.parked.length),
  );
};

/** Counts the files that come in, around the intake. */
const countedIntake = (metrics: MetricsRegistry, intake: Standalone['intake']): Standalone['intake'] => {
  const files = metrics.counter('quadra_files_taken_in_total', 'Files taken in, and repetitions of files that were here.');
  return {
    ...intake,
    accept: async (org, file) => {
      const acceptance = await intake.accept(org, file);
      files.add({ outcome: acceptance.duplicate ? 'duplicate' : 'accepted' });
      return acceptance;
    },
  };
};

const checksOf = ({ pool, processors }: Standalone): HealthCheck[] => [
  { name: 'database', check: async () => void (await pool.query('select 1')) },
  {
    name: 'processors',
    check: () => (processors.status().every((p) => p.running) ? Promise.resolve() : Promise.reject(new Error('a processor has stopped'))),
  },
];

const consistencyOf = ({ consistency }: Standalone) => ({
  waitFor: (org: string | undefined, position: string, timeoutMs: number) =>
    org === undefined ? consistency.waitForPosition(BigInt(position), timeoutMs) : consistency.waitFor(org, BigInt(position), timeoutMs),
  position: () => String(consistency.position()),
  isStale: (org: string) => consistency.isStale(org),
});

const modulesOf = (standalone: Standalone, logger: Logger, metrics: MetricsRegistry, maxFileBytes: number) => {
  const position = (): string => String(standalone.consistency.position());
  const log = (message: string, err: unknown): void => logger.error({ err }, message);
  const { organizations, store, processors, queries } = standalone;
  return [
    CommandModule.forRoot({ organizations, store, intake: countedIntake(metrics, standalone.intake), maxFileBytes }),
    ReconciliationModule.forRoot({ processors, position, log }),
    ProjectionModule.forRoot({ queries, processors, position, log, clock: () => new Date() }),
  ];
};

/** Serves the whole product over HTTP. @throws when the address cannot be listened on. */
export const startHttp = async (standalone: Standalone, settings: HttpSettings): Promise<HttpServer> => {
  await migratePlatform(standalone.pool);
  const logger = createLogger(settings.logLevel ?? 'warn');
  const keys = new ApiKeys(standalone.pool);
  const metrics = new MetricsRegistry();
  const stopMeasuring = processMetrics(metrics);
  productMetrics(metrics, standalone);
  const operation: OperationPort = { version: VERSION, profile: 'standalone', metrics, checks: checksOf(standalone) };
  const app = await createHttpApp({
    modules: modulesOf(standalone, logger, metrics, settings.maxFileBytes ?? 2 * GIB),
    logger,
    keys,
    operation,
    consistency: consistencyOf(standalone),
    idempotency: new IdempotencyStore(standalone.pool),
    rateLimit: settings.rateLimit ?? 6_000,
    trustProxy: settings.trustProxy ?? 0,
    ...(settings.publicUrl && { publicUrl: settings.publicUrl }),
  });
  await app.listen(settings.port, settings.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`,
    keys,
    app,
    close: async () => {
      stopMeasuring();
      await app.close();
    },
  };
};
