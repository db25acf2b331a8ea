import { SealBroken, SecretWrong } from '@quadra/platform/keyring';
import type { Keyring } from '@quadra/platform/keyring';
import type { ClientBase, Pool } from 'pg';
import { chunkName, personalName } from './intake';

type Db = Pick<Pool | ClientBase, 'query'>;

const TABLE = `
create schema if not exists command;
create table if not exists command.key_check (one boolean primary key default true check (one), value text not null)`;

/** Equal for equal secrets, and says nothing else of them. */
export const keyCheckOf = (keyring: Keyring): string => keyring.digest('quadra-backup');

const exists = async (db: Db, table: string): Promise<boolean> =>
  (await db.query<{ found: boolean }>('select to_regclass($1) is not null as found', [table])).rows[0]!.found;

/** The value of this instance; undefined before its first start with a program that keeps one. */
const keptCheck = async (db: Db): Promise<string | undefined> => {
  if (!(await exists(db, 'command.key_check'))) return undefined;
  return (await db.query<{ value: string }>('select value from command.key_check')).rows[0]?.value;
};

/** Some of what is sealed, with the names under which it was: a few pieces tell as much as all. */
const SEALED: readonly (readonly [table: string, some: string, nameOf: (row: { a: string; b: string }) => string])[] = [
  [
    'command.blob',
    `select b.upload::text as a, '' as b, c.bytes from (select upload from command.blob limit 5) b
     join command.blob_chunk c on c.upload = b.upload and c.seq = 0`,
    ({ a }) => chunkName(a, 0),
  ],
  [
    'command.personal_batch',
    'select org as a, ref as b, sealed as bytes from command.personal_batch limit 5',
    ({ a, b }) => personalName(a, b),
  ],
];

/** Whether something that is stored opens; undefined when nothing is stored. */
const opensSomething = async (db: Db, keyring: Keyring): Promise<boolean | undefined> => {
  let found: boolean | undefined;
  for (const [table, some, nameOf] of SEALED) {
    if (!(await exists(db, table))) continue;
    for (const row of (await db.query<{ a: string; b: string; bytes: Buffer }>(some)).rows) {
      if (opens(keyring, row.bytes, nameOf(row))) return true;
      found = false;
    }
  }
  return found;
};

const opens = (keyring: Keyring, bytes: Buffer, name: string): boolean => {
  try {
    keyring.open(bytes, name);
    return true;
  } catch (error) {
    if (error instanceof SealBroken) return false;
    throw error;
  }
};

const wrong = (): SecretWrong =>
  new SecretWrong(
    'The secret is not the one that this instance was begun with, and does not open what it holds: ' +
      'put its secret.key back into the data folder, or its value into QUADRA_SECRET',
  );

/** Looks whether the secret opens what an instance holds; writes nothing. @throws SecretWrong */
export const checkSecret = async (db: Db, keyring: Keyring): Promise<void> => {
  const kept = await keptCheck(db);
  const isRight = kept === undefined ? await opensSomething(db, keyring) : kept === keyCheckOf(keyring);
  if (isRight === false) throw wrong();
};

/**
 * Lets an instance begin, or go on, with its one secret: what another one seals would not open beside the rest. Of two first starts
 * at once one says which secret it is. @throws SecretWrong
 */
export const requireSecret = async (pool: Pool, keyring: Keyring): Promise<void> => {
  await checkSecret(pool, keyring);
  await pool.query(`select pg_advisory_xact_lock(hashtextextended('quadra/migrate/command', 0)); ${TABLE}`);
  await pool.query('insert into command.key_check (value) values ($1) on conflict (one) do nothing', [keyCheckOf(keyring)]);
  await checkSecret(pool, keyring);
};

/** Of an empty instance that is given what the secret has sealed elsewhere: another secret may have begun it. */
export const adoptSecret = async (pool: Pool, keyring: Keyring): Promise<void> => {
  await pool.query(TABLE);
  await pool.query('insert into command.key_check (value) values ($1) on conflict (one) do update set value = excluded.value', [
    keyCheckOf(keyring),
  ]);
};
