import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamicModule } from '@nestjs/common';
import { Pool } from 'pg';
import type { ProcessorStatus, Skip } from '@quadra/processing';
import type { SettingDescription } from '../config';
import { SettingsError, readSettings } from '../config';
import type { HealthCheck } from '../health';
import type { Consistency } from '../http';
import { SecretMissing } from '../keyring';
import { createLogger } from '../logging';
import type { MetricsRegistry } from '../metrics';
import type { ServiceSettings } from '../settings';
import type { Backbone } from './backbone';
import { openBackbone } from './backbone';
import { InternalModule } from './internal';
import { withInternalKey } from './keys';
import { serveHttp } from './serve';
import { Undo } from './undo';
import { productVersion } from './version';

/** What a service is given to start with. */
export interface ServiceContext<S extends ServiceSettings> {
  readonly settings: S;
  readonly backbone: Backbone;
  /** For answers: what it writes is on the disk when it is acknowledged. */
  readonly pool: Pool;
  /** For processors: a crash of the database may lose the last of it, rows and checkpoints together. */
  readonly workPool: Pool;
  readonly log: (message: string, error?: unknown) => void;
}

/** A service that runs, before anybody can reach it. */
export interface Service {
  modules(metrics: MetricsRegistry): readonly DynamicModule[];
  readonly consistency: Consistency;
  /** As far as this process knows. */
  processors(): readonly ProcessorStatus[];
  /** As of now, whichever process works on a part. @param isAwaited somebody waits for them to come further. */
  report(isAwaited: boolean): Promise<readonly ProcessorStatus[]>;
  retryParked(processor: string, org: string, skip?: Skip): Promise<boolean>;
  readonly checks?: readonly HealthCheck[];
  /** Other services whose part of the interface it describes too. */
  readonly describes?: readonly string[];
  /** Ends after the work in hand; the backbone still stands. */
  stop(): Promise<void>;
}

export interface ServiceDefinition<S extends ServiceSettings> {
  readonly name: string;
  readonly settings: new () => S;
  readonly list: readonly SettingDescription<S>[];
  /** It never appends. */
  readonly readOnly?: boolean;
  start(context: ServiceContext<S>): Promise<Service>;
}

export interface RunningService {
  readonly url: string;
  /** Not ready first, then no more requests, then no more work. */
  stop(): Promise<void>;
}

const CONNECTIONS = { answers: 10, work: 14 };

const openPool = (connectionString: string, max: number, log: (message: string, error: unknown) => void, options = ''): Pool => {
  const pool = new Pool({ connectionString, max, options });
  pool.on('error', (error) => log('a database connection was lost', error));
  return pool;
};

/**
 * Starts a service with what the environment says, and serves it. @throws SettingsError naming every setting that is wrong;
 * what a server answers that cannot be used.
 */
export const startService = async <S extends ServiceSettings>(
  definition: ServiceDefinition<S>,
  env: NodeJS.ProcessEnv,
): Promise<RunningService> => {
  const settings = readSettings(definition.settings, definition.list, env);
  const logger = createLogger(settings.logLevel).child({ service: definition.name });
  const log = (message: string, err?: unknown): void => (err === undefined ? logger.info(message) : logger.error({ err }, message));
  const undo = new Undo();
  const kept = (pool: Pool): Pool => (undo.add(() => pool.end()), pool);
  try {
    const pool = kept(openPool(settings.databaseUrl, CONNECTIONS.answers, log));
    const workPool = kept(openPool(settings.databaseUrl, CONNECTIONS.work, log, '-c synchronous_commit=off'));
    const platformPool = settings.platformUrl ? kept(openPool(settings.platformUrl, 4, log)) : pool;
    const clientId = `quadra-${definition.name}`;
    const backbone = await openBackbone({ settings, clientId, log, ...(definition.readOnly && { readOnly: true }) });
    undo.add(() => backbone.close());
    const service = await definition.start({ settings, backbone, pool, workPool, log });
    undo.add(() => service.stop());
    const server = await serveHttp({
      ...settings,
      version: productVersion(),
      profile: 'cluster',
      pool: platformPool,
      logger,
      modules: (metrics) => [
        ...service.modules(metrics),
        InternalModule.forRoot({
          report: (isAwaited) => service.report(isAwaited),
          retryParked: (name, org, skip) => service.retryParked(name, org, skip),
        }),
      ],
      consistency: service.consistency,
      checks: service.checks ?? [],
      describes: service.describes ?? [],
      processors: () => service.processors(),
      keys: (keys) => withInternalKey(keys, settings.internalKey),
    });
    logger.info({ url: server.url }, 'ready');
    return {
      url: server.url,
      stop: async () => {
        server.drain();
        await sleep(settings.drainSeconds * 1000);
        await server.close();
        await undo.all(log);
        logger.info('stopped');
      },
    };
  } catch (error) {
    await undo.all(log);
    throw error;
  }
};

/** 2 for what the environment says wrong, the secret included; 1 for all else. */
export const exitCodeOf = (error: unknown): number => (error instanceof SettingsError || error instanceof SecretMissing ? 2 : 1);

/** The main program of a service: runs until SIGTERM or SIGINT, and ends the process with 0, 1 (failed) or 2 (wrong settings). */
export const serviceMain = async <S extends ServiceSettings>(definition: ServiceDefinition<S>): Promise<void> => {
  const fail = (error: unknown): never => {
    process.stderr.write(`${definition.name}: ${(error as Error).message}\n`);
    process.exit(exitCodeOf(error));
  };
  const asked = new Promise<void>((stop) => ['SIGTERM', 'SIGINT'].forEach((signal) => process.once(signal, () => stop())));
  const service = await startService(definition, process.env).catch(fail);
  process.stdout.write(`${JSON.stringify({ service: definition.name, url: service.url })}\n`);
  await asked;
  await service.stop().catch(fail);
  process.exit(0);
};
