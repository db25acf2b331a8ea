import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { migratePublicEvents } from '@quadra/read-models';
import { FolderUnusable, SecretMissing, SecretWrong, makeFolder, migratePlatform, openKeyring } from '@quadra/platform';
import type { EventStore } from '@quadra/event-store';
import { orgOf } from '@quadra/kernel';
import type { Keyring } from '@quadra/platform/keyring';
import type { Pool } from 'pg';
import { migrateIntake } from '../../../command/src/intake';
import { pagesOf, verifyStore } from '../../../command/src/integrity';
import { checkSecret } from '../../../command/src/secret';
import type { Manifest } from '../../../command/src/moving';
import { BackupUnusable, NotEmpty, backUp, keyFileIn, readManifest, requireSecretOf, restore } from '../../../command/src/moving';
import { Cursors } from '../../../projection/src/public-events/cursors';
import { migrateWebhooks } from '../../../projection/src/public-events/webhooks/tables';
import { awaitRestoredFacts } from '../../../reconciliation/src/restored';
import { VERSION } from '../version';
import { runningInstance } from './instance-file';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import type { DataPlace } from './place';
import { withDataPlace } from './place';
import { showProgress } from './progress';
import type { InstanceOptions } from './session';
import { refuseUrl, settingsOf } from './session';

export interface BackupCliOptions extends InstanceOptions {
  readonly out: string;
  readonly withKey?: boolean;
}

export interface RestoreCliOptions extends InstanceOptions {
  readonly from: string;
  readonly key?: string;
}

const SECRET = 'secret.key';

const hasSecret = (io: Io, dataDir: string): boolean => Boolean(io.env['QUADRA_SECRET']) || existsSync(join(dataDir, SECRET));

/** @throws CliError instead of making a secret: a new one would open nothing. */
const keyringOf = (io: Io, dataDir: string): Keyring => {
  if (!hasSecret(io, dataDir)) {
    throw new CliError(`The secret of the instance is needed: ${join(dataDir, SECRET)}, or QUADRA_SECRET in the environment`);
  }
  return openKeyring({ dataDir, ...(io.env['QUADRA_SECRET'] && { secret: io.env['QUADRA_SECRET'] }) });
};

const EXPECTED = [BackupUnusable, NotEmpty, SecretMissing, SecretWrong, FolderUnusable];

const inOneSentence = (error: unknown): unknown =>
  EXPECTED.some((kind) => error instanceof kind) ? new CliError((error as Error).message) : error;

const secretText = (io: Io, dataDir: string): string => io.env['QUADRA_SECRET'] ?? readFileSync(join(dataDir, SECRET), 'utf8');

const sayBackup = (io: Io, options: BackupCliOptions, { events, root, tables, log }: Manifest): void => {
  const files = log.length + tables.reduce((sum, t) => sum + t.pieces.length, 0);
  if (options.json)
    return io.out(JSON.stringify({ folder: resolve(options.out), events, files, root: root ?? null, withKey: options.withKey === true }));
  io.out(`${events} events and what they speak of stand in ${options.out} (${files} files)`);
  if (root !== undefined) io.out(`Root of the last seal: ${root}`);
  io.out(
    options.withKey
      ? `The secret stands in ${keyFileIn(options.out)}: whoever has it and the backup can read everything`
      : 'The secret is not in it: keep secret.key (or QUADRA_SECRET) apart, without it originals and personal data do not open',
  );
};

/** Writes what an instance holds into a folder, beside the running instance or without one. */
export const backup = (io: Io, options: BackupCliOptions): Promise<number> =>
  withDataPlace(io, options, { mustExist: true }, async ({ dataDir, pool, platformPool, openStore }) => {
    const keyring = keyringOf(io, dataDir);
    const store = await openStore(true);
    const progress = showProgress(io, 'backup', 1);
    try {
      await checkSecret(pool, keyring);
      const onProgress = (step: string, done: number): void => progress.update(0, done > 0 ? `${done} ${step}` : step);
      const parts = { pool, platformPool, store, keyring, folder: options.out, program: VERSION, now: new Date() };
      const manifest = await backUp({ ...parts, onProgress });
      if (options.withKey) await writeFile(keyFileIn(options.out), secretText(io, dataDir), { mode: 0o600, flag: 'wx' });
      progress.stop();
      sayBackup(io, options, manifest);
      return EXIT.done;
    } catch (error) {
      throw inOneSentence(error);
    } finally {
      progress.stop();
      await store.close();
    }
  });

/** @throws CliError when the file holds no secret. */
const secretIn = (file: string): string => {
  try {
    const secret = readFileSync(file, 'utf8').trim();
    openKeyring({ secret });
    return secret;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CliError(`There is no file ${file}`);
    throw new CliError(
      `${file} is no secret of an instance: ${error instanceof SecretMissing ? 'it is too short' : `it cannot be read (${code})`}`,
    );
  }
};

/**
 * The secret comes first, and only the one that opens the backup: nothing is written into an instance that could not open what it
 * gets, and a wrong one does not stay in the way of the right one.
 */
const bringSecret = (io: Io, dataDir: string, file: string | undefined, manifest: Manifest): void => {
  if (file === undefined || hasSecret(io, dataDir)) return requireSecretOf(manifest, keyringOf(io, dataDir));
  const secret = secretIn(file);
  requireSecretOf(manifest, openKeyring({ secret }));
  makeFolder(dataDir, 0o700);
  writeFileSync(join(dataDir, SECRET), `${secret}\n`, { mode: 0o600, flag: 'wx' });
};

const prepareMatcher = async (pool: Pool, store: EventStore): Promise<void> => {
  const orgs = new Set<string>();
  let lastFact = 0n;
  const categories = ['reconciliation', 'settlementFlow', 'credit'];
  for await (const page of pagesOf(store, { after: 0n, upTo: await store.head(), categories })) {
    for (const { stream, position } of page) {
      if (stream.startsWith('reconciliation-')) orgs.add(orgOf(stream));
      else lastFact = position;
    }
  }
  await awaitRestoredFacts(pool, [...orgs], lastFact);
};

const restoreInto = async (io: Io, options: RestoreCliOptions, { dataDir, pool, platformPool, openStore }: DataPlace): Promise<number> => {
  const keyring = keyringOf(io, dataDir);
  await migrateIntake(pool);
  await migratePlatform(platformPool);
  await migratePublicEvents(pool);
  await new Cursors(pool).migrate();
  await migrateWebhooks(pool);
  const store = await openStore(false);
  const progress = showProgress(io, 'restore', 1);
  try {
    const onProgress = (step: string, done: number): void => progress.update(0, done > 0 ? `${done} ${step}` : step);
    const manifest = await restore({
      pool,
      platformPool,
      store,
      keyring,
      folder: options.from,
      onProgress,
      onRestored: () => prepareMatcher(pool, store),
    });
    progress.update(0, 'comparing with the seals');
    const reader = await openStore(true);
    const roots = manifest.root === undefined ? [] : [manifest.root];
    const found = await verifyStore(reader, { roots }).finally(() => reader.close());
    progress.stop();
    if (options.json) io.out(JSON.stringify({ events: manifest.events, verification: found }));
    else
      io.out(
        `${manifest.events} events are restored; ${found.finding ? found.finding.says : `all ${found.sealed} sealed ones are as they were sealed`}`,
      );
    if (!options.json && !found.finding) io.out('Read models are built from the events when the instance starts.');
    return found.finding ? EXIT.rejected : EXIT.done;
  } finally {
    progress.stop();
    await store.close();
  }
};

/** Brings a backup into an empty instance that is not running. */
export const restoreFrom = async (io: Io, options: RestoreCliOptions): Promise<number> => {
  refuseUrl(options);
  const { dataDir } = settingsOf(io, options);
  const running = await runningInstance(dataDir);
  if (running)
    throw new CliError(
      `An instance serves this data folder at ${running.url} (process ${running.pid}): stop it, and restore into an empty one`,
    );
  try {
    const { manifest } = await readManifest(options.from); // before a database is made for it
    bringSecret(io, dataDir, options.key, manifest);
    return await withDataPlace(io, options, { mustExist: false, alone: true }, (place) => restoreInto(io, options, place));
  } catch (error) {
    throw inOneSentence(error);
  }
};
