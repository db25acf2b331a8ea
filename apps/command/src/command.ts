import type { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import type { Keyring } from '@quadra/platform/keyring';
import type { Intake } from './intake';
import { createIntake, migrateIntake } from './intake';
import type { Integrity } from './integrity';
import { startIntegrity } from './integrity';
import { Organizations } from './organizations/organizations';
import { requireSecret } from './secret';

export interface CommandOptions {
  readonly pool: Pool;
  /** The same database: reader threads and locks open connections of their own. */
  readonly databaseUrl: string;
  readonly store: EventStore;
  /** Opens a reader of the store that takes nothing from the memory of a writer. */
  readonly openReader: () => Promise<EventStore>;
  readonly keyring: Keyring;
  readonly log?: (message: string, error?: unknown) => void;
  /** Organizations whose files are imported at the same time. */
  readonly parallel?: number;
  /** Longest file that is taken in, in bytes. */
  readonly maxFileBytes?: number;
}

/** The writing side: files come in, organizations are registered, and what is recorded is sealed. */
export interface Command {
  readonly intake: Intake;
  readonly organizations: Organizations;
  readonly integrity: Integrity;
}

/**
 * Opens the writing side and starts to seal; the caller starts the intake when all that follows from a file runs. Its parts end
 * one by one: the intake first, the seals when nothing records any more.
 * @throws SecretWrong when the secret does not open what is stored: then nothing begins.
 */
export const startCommand = async (options: CommandOptions): Promise<Command> => {
  const { pool, databaseUrl, store, openReader, keyring, log, parallel, maxFileBytes } = options;
  await migrateIntake(pool);
  await requireSecret(pool, keyring);
  const intakeLog = (fields: object, message: string) => log?.(`intake: ${message}`, fields);
  const intake = createIntake({
    pool,
    databaseUrl,
    store,
    keyring,
    log: { info: () => undefined, warn: intakeLog, error: intakeLog },
    ...(parallel !== undefined && { parallel }),
    ...(maxFileBytes !== undefined && { maxBytes: maxFileBytes }),
  });
  const integrity = await startIntegrity({ pool, store, openReader, ...(log && { log }) });
  return { intake, organizations: new Organizations(store), integrity };
};
