import { ArrayMaxSize, IsBoolean, IsIn, IsInt, IsIP, IsNotEmpty, IsUrl, Matches, Max, Min, ValidateIf } from 'class-validator';
import type { SettingDescription } from '../config';

const POSTGRES = { protocols: ['postgres', 'postgresql'], require_protocol: true, require_tld: false, allow_query_components: true };
/** Address of a service or a site. */
export const HTTP = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

const given = (_: unknown, value: unknown): boolean => value !== '';
const MECHANISMS = ['', 'plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** What every service of the cluster is told. */
export class ServiceSettings {
  @ValidateIf((s: ServiceSettings) => s.host !== 'localhost')
  @IsIP()
  host!: string;

  @IsInt()
  @Min(0)
  @Max(65_535)
  port!: number;

  @IsUrl(POSTGRES)
  databaseUrl!: string;

  @ValidateIf(given)
  @IsUrl(POSTGRES)
  platformUrl!: string;

  @Matches(/^(esdb|esdb\+discover|kurrentdb|kurrentdb\+discover|postgres|postgresql):\/\/\S+$/)
  eventStoreUrl!: string;

  @Matches(/^[\w.-]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i, { each: true })
  @ArrayMaxSize(100)
  kafkaBrokers!: string[];

  @IsBoolean()
  kafkaTls!: boolean;

  kafkaCaFile!: string;

  @IsIn(MECHANISMS)
  kafkaSaslMechanism!: (typeof MECHANISMS)[number];

  @ValidateIf((s: ServiceSettings) => s.kafkaSaslMechanism !== '')
  @IsNotEmpty()
  kafkaSaslUsername!: string;

  @ValidateIf((s: ServiceSettings) => s.kafkaSaslMechanism !== '')
  @IsNotEmpty()
  kafkaSaslPassword!: string;

  @IsInt()
  @Min(6)
  @Max(300)
  kafkaSessionSeconds!: number;

  @Matches(/^[A-Za-z0-9._-]{1,249}$/)
  eventsTopic!: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  partitions!: number;

  @Matches(/^[^\s,]{32,200}$/)
  internalKey!: string;

  @ValidateIf(given)
  @IsUrl(HTTP)
  publicUrl!: string;

  @IsInt()
  @Min(0)
  @Max(10_000_000)
  rateLimit!: number;

  @IsInt()
  @Min(0)
  @Max(10)
  trustProxy!: number;

  @IsInt()
  @Min(0)
  @Max(300)
  drainSeconds!: number;

  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  logLevel!: string;
}

const KAFKA: readonly SettingDescription<ServiceSettings>[] = [
  {
    name: 'kafkaBrokers',
    env: 'KAFKA_BROKERS',
    kind: 'list',
    means: 'host:port of one or more brokers; when empty the events are read from the store',
    byDefault: '',
  },
  { name: 'kafkaTls', env: 'KAFKA_TLS', kind: 'switch', means: '1: talk to the brokers over TLS', byDefault: '0' },
  { name: 'kafkaCaFile', env: 'KAFKA_CA_FILE', means: 'certificates of an authority of your own, PEM', byDefault: '' },
  {
    name: 'kafkaSaslMechanism',
    env: 'KAFKA_SASL_MECHANISM',
    means: 'plain, scram-sha-256 or scram-sha-512; when empty nobody logs in',
    byDefault: '',
  },
  { name: 'kafkaSaslUsername', env: 'KAFKA_SASL_USERNAME', means: 'who logs in', byDefault: '' },
  { name: 'kafkaSaslPassword', env: 'KAFKA_SASL_PASSWORD', means: 'with which password', byDefault: '', secret: true },
  {
    name: 'kafkaSessionSeconds',
    env: 'KAFKA_SESSION_SECONDS',
    kind: 'number',
    means: 'without a sign of life for so long, the parts of a process go to the others',
    byDefault: '30',
  },
];

const STORES: readonly SettingDescription<ServiceSettings>[] = [
  {
    name: 'databaseUrl',
    env: 'DATABASE_URL',
    means: 'the PostgreSQL where the service keeps a schema of its own: postgres://…',
    byDefault: '',
    secret: true,
  },
  {
    name: 'platformUrl',
    env: 'QUADRA_PLATFORM_URL',
    means: 'the PostgreSQL that holds the API keys, the same for all services; when empty that of DATABASE_URL',
    byDefault: '',
    secret: true,
  },
  {
    name: 'eventStoreUrl',
    env: 'EVENTSTORE_URL',
    means: 'where the events stand: esdb://… (EventStoreDB), or postgres://… where one process alone writes',
    byDefault: '',
    secret: true,
  },
];

const SERVING: readonly SettingDescription<ServiceSettings>[] = [
  {
    name: 'publicUrl',
    env: 'QUADRA_PUBLIC_URL',
    means: 'https address under which clients reach the product; stands in the OpenAPI document',
    byDefault: '',
  },
  {
    name: 'rateLimit',
    env: 'QUADRA_RATE_LIMIT',
    kind: 'number',
    means: 'requests per client address and minute; 0 sets no limit',
    byDefault: '6000',
  },
  {
    name: 'trustProxy',
    env: 'QUADRA_TRUST_PROXY',
    kind: 'number',
    means: 'reverse proxies in front whose X-Forwarded-For is believed',
    byDefault: '1',
  },
  {
    name: 'drainSeconds',
    env: 'QUADRA_DRAIN_SECONDS',
    kind: 'number',
    means: 'between "not ready" and the end at a stop: longer than the proxy needs to notice',
    byDefault: '2',
  },
];

/** What every service is told, with the port that it listens on by default. */
export const commonSettings = (port: number): SettingDescription<ServiceSettings>[] => [
  { name: 'host', env: 'QUADRA_HOST', means: 'address that the HTTP server listens on', byDefault: '127.0.0.1' },
  { name: 'port', env: 'QUADRA_PORT', kind: 'number', means: 'its port; 0 takes a free one', byDefault: String(port) },
  ...STORES,
  ...KAFKA,
  { name: 'eventsTopic', env: 'QUADRA_EVENTS_TOPIC', means: 'private topic of the events', byDefault: 'quadra.events.v1' },
  {
    name: 'partitions',
    env: 'QUADRA_PARTITIONS',
    kind: 'number',
    means: 'parts of the event feed, the same for all services; fixed once the topic exists',
    byDefault: '24',
  },
  {
    name: 'internalKey',
    env: 'QUADRA_INTERNAL_KEY',
    means: 'what the services show each other, the same for all: 32 to 200 characters without blank or comma',
    byDefault: '',
    secret: true,
  },
  ...SERVING,
  { name: 'logLevel', env: 'QUADRA_LOG_LEVEL', means: 'trace, debug, info, warn, error, fatal or silent', byDefault: 'info' },
];
