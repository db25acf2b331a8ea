import type { AddressInfo } from 'node:net';
import type { DynamicModule } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Pool } from 'pg';
import type { ProcessorStatus } from '@quadra/processing';
import { ApiKeys } from '../auth';
import type { HealthCheck, OperationPort } from '../health';
import type { Consistency } from '../http';
import { createHttpApp } from '../http';
import { IdempotencyStore } from '../idempotency';
import type { Logger } from '../logging';
import { MetricsRegistry, processMetrics } from '../metrics';
import { migratePlatform } from '../migrate';
import { closesGently } from './close-gently';

export interface HttpServer {
  /** The address, with the port that was really taken. */
  readonly url: string;
  readonly keys: ApiKeys;
  /** The composed application, for those who document it. */
  readonly app: NestExpressApplication;
  /** "Not ready" from now on, so that no new requests are sent here. */
  drain(): void;
  /** Takes no more requests, finishes those under way, and ends. */
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly rateLimit: number;
  readonly trustProxy: number;
  readonly publicUrl?: string;
  readonly version: string;
  readonly profile: OperationPort['profile'];
  /** The database with the tables of the platform: keys, and answers that are given again. */
  readonly pool: Pool;
  readonly logger: Logger;
  /** The interface, once the figures of the process can be counted. */
  modules(metrics: MetricsRegistry): readonly DynamicModule[];
  readonly consistency: Consistency;
  readonly checks: readonly HealthCheck[];
  /** The processors that run here, for the figures. */
  readonly processors: () => readonly ProcessorStatus[];
  /** Other services behind the same address, whose part of the interface is described here too. */
  readonly describes?: readonly string[];
  /** Other keys that are believed, beside those of the installation. */
  keys?(keys: ApiKeys): Pick<ApiKeys, 'authenticate'>;
}

/** Lag of the processors and parked organizations. */
const processorMetrics = (metrics: MetricsRegistry, processors: () => readonly ProcessorStatus[]): void => {
  const each = (value: (p: ProcessorStatus) => number) => () =>
    processors().map((p) => ({ labels: { processor: p.name }, value: value(p) }));
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
    'quadra_processor_partitions',
    'Parts of the feed that this process works on.',
    each((p) => p.partitions.filter(({ here }) => here).length),
  );
  metrics.gauge(
    'quadra_processor_parked_organizations',
    'Organizations parked in the processor.',
    each((p) => p.parked.length),
  );
};

const checksOf = ({ pool, processors, checks }: ServeOptions, isDraining: () => boolean): HealthCheck[] => [
  { name: 'serving', check: () => (isDraining() ? Promise.reject(new Error('the process is stopping')) : Promise.resolve()) },
  { name: 'database', check: async () => void (await pool.query('select 1')) },
  {
    name: 'processors',
    check: () => (processors().every((p) => p.running) ? Promise.resolve() : Promise.reject(new Error('a processor has stopped'))),
  },
  ...checks,
];

const urlOf = (app: NestExpressApplication, host: string): string => {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

/** Serves what the modules offer, with keys, health and figures. @throws when the address cannot be listened on. */
export const serveHttp = async (options: ServeOptions): Promise<HttpServer> => {
  const { pool, logger, version, profile, consistency, rateLimit, trustProxy, publicUrl, host, port } = options;
  await migratePlatform(pool);
  const keys = new ApiKeys(pool);
  const metrics = new MetricsRegistry();
  const stopMeasuring = processMetrics(metrics);
  processorMetrics(metrics, options.processors);
  let isDraining = false;
  const app = await createHttpApp({
    modules: options.modules(metrics),
    logger,
    keys: options.keys?.(keys) ?? keys,
    operation: { version, profile, metrics, checks: checksOf(options, () => isDraining) },
    consistency,
    idempotency: new IdempotencyStore(pool),
    rateLimit,
    trustProxy,
    ...(publicUrl && { publicUrl }),
    ...(options.describes && { describes: options.describes }),
  });
  const end = closesGently(app);
  await app.listen(port, host);
  return {
    url: urlOf(app, host),
    keys,
    app,
    drain: () => void (isDraining = true),
    close: async () => {
      isDraining = true;
      stopMeasuring();
      await end();
    },
  };
};
