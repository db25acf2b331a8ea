import { plainToInstance } from 'class-transformer';
import { IsIn, IsInt, IsIP, IsNotEmpty, IsOptional, IsString, IsUrl, Max, MaxLength, Min, ValidateIf, validateSync } from 'class-validator';

/** One setting: how it is given, and what a reader of the reference must know. */
export interface SettingDescription<T = Settings> {
  /** Name in the program. */
  readonly name: keyof T & string;
  readonly env: string;
  /** The option of the command line that says the same, where there is one. */
  readonly flag?: string;
  readonly means: string;
  /** What holds when it is not given, as text. */
  readonly byDefault: string;
  /** How the text is read; a text stays one. A list has commas, a switch is 0 or 1. */
  readonly kind?: 'number' | 'list' | 'switch';
  /** Its value never appears in a log or a message. */
  readonly secret?: true;
}

/** Every setting of an instance; the option on the command line wins over the environment. */
export const SETTINGS: readonly SettingDescription[] = [
  { name: 'host', env: 'QUADRA_HOST', flag: '--host', means: 'address that the HTTP server listens on', byDefault: '127.0.0.1' },
  { name: 'port', env: 'QUADRA_PORT', kind: 'number', flag: '--port', means: 'its port; 0 takes a free one', byDefault: '3000' },
  {
    name: 'dataDir',
    env: 'QUADRA_DATA',
    flag: '--data',
    means: 'folder of the embedded PostgreSQL and of the secret',
    byDefault: './.quadra',
  },
  { name: 'databaseUrl', env: 'DATABASE_URL', means: 'a PostgreSQL of your own instead of the embedded one', byDefault: '', secret: true },
  {
    name: 'publicUrl',
    env: 'QUADRA_PUBLIC_URL',
    means: 'https address under which clients reach the instance; stands in the OpenAPI document',
    byDefault: '',
  },
  { name: 'maxFileBytes', env: 'QUADRA_MAX_FILE_BYTES', kind: 'number', means: 'largest file that is taken in', byDefault: '2147483648' },
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
    byDefault: '0',
  },
  { name: 'logLevel', env: 'QUADRA_LOG_LEVEL', means: 'trace, debug, info, warn, error, fatal or silent', byDefault: 'warn' },
];

/** Read by the keyring itself, and named here so that one list holds everything. */
export const OTHER_VARIABLES = {
  QUADRA_SECRET: 'master secret of the encryption, at least 32 bytes; by default the file secret.key of the data folder',
  QUADRA_URL: 'instance that the command line talks to',
  QUADRA_API_KEY: 'key that the command line shows it',
  QUADRA_EVENTS_RETENTION_DAYS: 'days for which public events can be read again, 90 by default',
  QUADRA_WEBHOOK_ALLOW_PRIVATE: '1 lets webhooks go to private addresses and over plain http',
} as const;

const hasText = (_: unknown, value: unknown): boolean => value !== '';

export class Settings {
  @IsString()
  @IsNotEmpty()
  @MaxLength(255)
  @ValidateIf((s: Settings) => s.host !== 'localhost')
  @IsIP()
  host!: string;

  @IsInt()
  @Min(0)
  @Max(65_535)
  port!: number;

  @IsString()
  @IsNotEmpty()
  dataDir!: string;

  @ValidateIf(hasText)
  @IsUrl({ protocols: ['postgres', 'postgresql'], require_protocol: true, require_tld: false, allow_query_components: true })
  @IsOptional()
  databaseUrl!: string;

  @ValidateIf(hasText)
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false })
  publicUrl!: string;

  @IsInt()
  @Min(1)
  maxFileBytes!: number;

  @IsInt()
  @Min(0)
  @Max(10_000_000)
  rateLimit!: number;

  @IsInt()
  @Min(0)
  @Max(10)
  trustProxy!: number;

  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  logLevel!: string;
}

/** A setting is wrong; the message names each one, how to set it and what it takes, and never a secret value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const READ = {
  number: (text: string): unknown => (/^\d{1,15}$/.test(text.trim()) ? Number(text.trim()) : NaN),
  list: (text: string): unknown =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  switch: (text: string): unknown => ({ '0': false, '1': true })[text.trim()],
};

const rawOf = <T>(d: SettingDescription<T>, env: NodeJS.ProcessEnv, flags: Partial<Record<keyof T, string>>): string => {
  const given = flags[d.name] ?? env[d.env];
  return given === undefined || given === '' ? d.byDefault : given;
};

/**
 * The settings of a kind of process from flags, then environment, then defaults.
 * @throws SettingsError naming everything that is wrong at once.
 */
export const readSettings = <T extends object>(
  type: new () => T,
  list: readonly SettingDescription<T>[],
  env: NodeJS.ProcessEnv,
  flags: Partial<Record<keyof T, string>> = {},
): T => {
  const raw = new Map(list.map((d) => [d.name, rawOf(d, env, flags)]));
  const read = ({ name, kind }: SettingDescription<T>): unknown => (kind ? READ[kind](raw.get(name)!) : raw.get(name));
  const settings = plainToInstance(type, Object.fromEntries(list.map((d) => [d.name, read(d)])));
  const wrong = validateSync(settings).map((error) => {
    const d = list.find(({ name }) => name === error.property)!;
    const shown = d.secret ? 'its value' : JSON.stringify(raw.get(d.name));
    return `${d.flag ? `${d.flag} (${d.env})` : d.env}: ${raw.get(d.name) === '' ? 'it is missing' : `${shown} is not valid`} (${d.means})`;
  });
  if (wrong.length > 0) throw new SettingsError(wrong.join('; '));
  return settings;
};

/** The settings of the standalone profile. @throws SettingsError naming everything that is wrong at once. */
export const loadSettings = (env: NodeJS.ProcessEnv, flags: Partial<Record<keyof Settings, string>> = {}): Settings =>
  readSettings(Settings, SETTINGS, env, flags);
