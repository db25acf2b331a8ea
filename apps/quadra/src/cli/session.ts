import type { Settings } from '@quadra/platform';
import { FIRST_KEY_ROLES, SecretMissing, SettingsError, loadSettings, makeFolder, openKeyring } from '@quadra/platform';
import type { HttpServer } from '../main';
import type { Standalone } from '../standalone';
import { Client } from './client';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { runningInstance } from './instance-file';
import { openingFailed } from './opening-failed';

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
  /** What stood behind a failure of the instance, as far as it can be seen from here. */
  explain(error: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export const languageOfOptions = ({ lang = 'en' }: InstanceOptions): 'it' | 'en' => {
  if (lang !== 'it' && lang !== 'en') throw new CliError(`--lang takes it or en, not ${lang}`, EXIT.usage);
  return lang;
};

/** The sentences of what throws an error of these kinds. */
const wrongIn = (check: () => unknown): string[] => {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof SettingsError || error instanceof SecretMissing) return [error.message];
    throw error;
  }
};

/** @throws CliError (usage) naming every setting that is wrong. */
export const settingsOf = (io: Io, options: InstanceOptions): Settings => {
  const { data, host, port } = options;
  const given = { ...(data !== undefined && { dataDir: data }), ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
  const secret = io.env['QUADRA_SECRET'];
  const wrong = [...wrongIn(() => loadSettings(io.env, given)), ...wrongIn(() => secret && openKeyring({ secret }))];
  if (wrong.length > 0) throw new CliError(wrong.join('; '), EXIT.usage);
  return loadSettings(io.env, given);
};

/** For commands on what lies here. QUADRA_URL may be set for the others. @throws CliError (usage) when `--url` is given. */
export const refuseUrl = ({ url }: InstanceOptions): void => {
  if (url === undefined) return;
  throw new CliError(
    'This command works on the data themselves, not over --url: give --data, or DATABASE_URL in the environment',
    EXIT.usage,
  );
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
    makeFolder(settings.dataDir);
    standalone = await openStandalone({
      dataDir: settings.dataDir,
      maxFileBytes: settings.maxFileBytes,
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
    throw openingFailed(error, settings);
  }
};

/** An instance that is not ours. */
const elsewhere = (client: Client): Session => ({
  client,
  explain: (error) => Promise.resolve(error),
  close: () => Promise.resolve(),
});

/** An instance of our own whose database is gone can only say that something unexpected happened. */
const ours = (own: OwnInstance, client: Client, settings: Settings): Session => ({
  client,
  explain: (error) =>
    own.standalone.pool.query('select 1').then(
      () => error,
      (reason: unknown) => openingFailed(reason, settings),
    ),
  close: () => own.close(),
});

/** The instance at `--url`, else the one that runs on the data folder, else one of our own. */
export const openSession = async (io: Io, options: InstanceOptions): Promise<Session> => {
  const language = languageOfOptions(options);
  const url = options.url ?? io.env['QUADRA_URL'];
  if (url) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new CliError(`--url is no http address: ${url}`, EXIT.usage);
    return elsewhere(new Client(url.replace(/\/+$/, ''), io.env['QUADRA_API_KEY'], language));
  }
  const settings = settingsOf(io, options);
  const running = await runningInstance(settings.dataDir);
  if (running) return elsewhere(new Client(running.url, running.key, language));
  const own = await openOwn(io, { ...settings, host: '127.0.0.1', port: 0, rateLimit: 0 });
  return ours(own, new Client(own.server.url, own.key, language), settings);
};

/** Runs work on an instance and always gives it back. */
export const withSession = async <T>(io: Io, options: InstanceOptions, work: (client: Client) => Promise<T>): Promise<T> => {
  const session = await openSession(io, options);
  try {
    return await work(session.client).catch(async (error: unknown) => {
      throw await session.explain(error);
    });
  } finally {
    await session.close();
  }
};
