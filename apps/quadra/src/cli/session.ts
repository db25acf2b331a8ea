import type { Settings } from '@quadra/platform';
import { EmbeddedPostgresError, FIRST_KEY_ROLES, SecretMissing, SettingsError, loadSettings } from '@quadra/platform';
import type { HttpServer } from '../main';
import type { Standalone } from '../standalone';
import { Client } from './client';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { runningInstance } from './instance-file';

/** The options that every command that needs an instance takes. */
export interface InstanceOptions {
  readonly url?: string;
  readonly data?: string;
  readonly lang?: string;
  readonly json?: boolean;
  readonly host?: string;
  readonly port?: string;
}

/** An instance at the command's hand: a running one, or one of its own for as long as it takes. */
export interface Session {
  readonly client: Client;
  close(): Promise<void>;
}

export const languageOfOptions = ({ lang = 'en' }: InstanceOptions): 'it' | 'en' => {
  if (lang !== 'it' && lang !== 'en') throw new CliError(`--lang takes it or en, not ${lang}`, EXIT.usage);
  return lang;
};

/** @throws CliError (usage) naming every setting that is wrong. */
export const settingsOf = (io: Io, options: InstanceOptions): Settings => {
  const { data, host, port } = options;
  try {
    return loadSettings(io.env, {
      ...(data !== undefined && { dataDir: data }),
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
    });
  } catch (error) {
    if (error instanceof SettingsError) throw new CliError(error.message, EXIT.usage);
    throw error;
  }
};

/** One sentence out of what can go wrong while an instance opens. */
export const openingFailed = (error: unknown): CliError => {
  if (error instanceof CliError) return error;
  if (error instanceof EmbeddedPostgresError || error instanceof SecretMissing) return new CliError(error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new CliError('The port is taken by another program: choose another one with --port');
  if (code === 'EACCES') return new CliError(`Not allowed: ${message}`);
  if (/^(ECONN|ENOTFOUND|28|3D|57P|08)/.test(code ?? '')) return new CliError(`The database of DATABASE_URL cannot be used: ${message}`);
  return new CliError(message);
};

export interface OwnInstance {
  readonly standalone: Standalone;
  readonly server: HttpServer;
  /** A key for this process alone, that may do everything. */
  readonly key: string;
  close(): Promise<void>;
}

/** Opens the standalone profile in this process and serves it. */
export const openOwn = async (io: Io, settings: Settings): Promise<OwnInstance> => {
  const other = await runningInstance(settings.dataDir);
  if (other) throw new CliError(`An instance serves this data folder already at ${other.url} (process ${other.pid})`);
  const [{ openStandalone }, { startHttp }] = await Promise.all([import('../standalone'), import('../main')]);
  const log = (message: string): void => io.say(message);
  let standalone: Standalone | undefined;
  try {
    standalone = await openStandalone({
      dataDir: settings.dataDir,
      log,
      ...(settings.databaseUrl && { databaseUrl: settings.databaseUrl }),
    });
    const opened = standalone;
    const server = await startHttp(opened, settings);
    const key = server.keys.createPassing({ name: 'command line', roles: FIRST_KEY_ROLES, organizations: '*' });
    return {
      standalone: opened,
      server,
      key,
      close: async () => {
        await server.close();
        await opened.close();
      },
    };
  } catch (error) {
    await standalone?.close().catch(() => undefined);
    throw openingFailed(error);
  }
};

/** The instance at `--url`, else the one that runs on the data folder, else one of our own. */
export const openSession = async (io: Io, options: InstanceOptions): Promise<Session> => {
  const language = languageOfOptions(options);
  const url = options.url ?? io.env['QUADRA_URL'];
  if (url) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new CliError(`--url is no http address: ${url}`, EXIT.usage);
    return { client: new Client(url.replace(/\/+$/, ''), io.env['QUADRA_API_KEY'], language), close: () => Promise.resolve() };
  }
  const settings = settingsOf(io, options);
  const running = await runningInstance(settings.dataDir);
  if (running) return { client: new Client(running.url, running.key, language), close: () => Promise.resolve() };
  const own = await openOwn(io, { ...settings, host: '127.0.0.1', port: 0, rateLimit: 0 });
  return { client: new Client(own.server.url, own.key, language), close: () => own.close() };
};

/** Runs work on an instance and always gives it back. */
export const withSession = async <T>(io: Io, options: InstanceOptions, work: (client: Client) => Promise<T>): Promise<T> => {
  const session = await openSession(io, options);
  try {
    return await work(session.client);
  } finally {
    await session.close();
  }
};
