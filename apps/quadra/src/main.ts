import type { HttpServer, Logger, MetricsRegistry, Settings } from '@quadra/platform';
import { createLogger, serveHttp } from '@quadra/platform';
import { CommandModule } from '../../command/src/http/command.module';
import { countedIntake } from '../../command/src/http/counted-intake';
import { IntegrityModule } from '../../command/src/integrity/http/integrity.module';
import { httpConsistency } from '../../projection/src/consistency';
import { ProjectionModule } from '../../projection/src/http/projection.module';
import { ReconciliationModule } from '../../reconciliation/src/http/reconciliation.module';
import type { Standalone } from './standalone';
import { VERSION } from './version';

export type { HttpServer } from '@quadra/platform';

export type HttpSettings = Pick<Settings, 'host' | 'port'> & Partial<Pick<Settings, 'rateLimit' | 'trustProxy' | 'publicUrl' | 'logLevel'>>;

const modulesOf = (standalone: Standalone, logger: Logger, metrics: MetricsRegistry) => {
  const position = async (): Promise<string> => String(await standalone.consistency.position());
  const log = (message: string, err: unknown): void => logger.error({ err }, message);
  const { organizations, store, queries, publicEvents } = standalone;
  const processors = {
    ...standalone.processors,
    status: () => Promise.resolve(standalone.processors.status()),
    parked: () => Promise.resolve(standalone.processors.parked()),
  };
  return [
    CommandModule.forRoot({ organizations, store, intake: countedIntake(metrics, standalone.intake) }),
    IntegrityModule.forRoot({ integrity: standalone.integrity, position }),
    ReconciliationModule.forRoot({ processors, position, log }),
    ProjectionModule.forRoot({ queries, processors, publicEvents, position, log, clock: () => new Date() }),
  ];
};

/** Serves the whole product over HTTP. @throws when the address cannot be listened on. */
export const startHttp = (standalone: Standalone, settings: HttpSettings): Promise<HttpServer> => {
  const logger = createLogger(settings.logLevel ?? 'warn');
  const { host, port, rateLimit = 6_000, trustProxy = 0, publicUrl = '' } = settings;
  return serveHttp({
    host,
    port,
    rateLimit,
    trustProxy,
    publicUrl,
    logger,
    version: VERSION,
    profile: 'standalone',
    pool: standalone.pool,
    modules: (metrics) => modulesOf(standalone, logger, metrics),
    consistency: httpConsistency(standalone.consistency),
    checks: [],
    processors: () => standalone.processors.status(),
  });
};
