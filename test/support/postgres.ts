import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database of its own for one spec. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it, cutting whatever connections are still open. */
  drop(): Promise<void>;
}

/**
 * Creates an empty database (UTF-8, C locale) with a unique name on the server of the run, or on `DATABASE_URL` when that is set: its user
 * must be allowed to create databases.
 */
export const withDatabase = async (): Promise<TestDatabase> => {
  const name = `quadra_test_${randomBytes(8).toString('hex')}`;
  await asAdministrator(`create database ${name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`);
  const url = new URL(administratorUrl());
  url.pathname = `/${name}`;
  return { url: url.toString(), drop: () => asAdministrator(`drop database if exists ${name} with (force)`) };
};

const administratorUrl = (): string => {
  const url = process.env.DATABASE_URL || process.env.QUADRA_TEST_PG;
  if (!url) throw new Error('No PostgreSQL for the tests: jest must run with test/global-setup, or DATABASE_URL must be set');
  return url;
};

const asAdministrator = async (statement: string): Promise<void> => {
  const client = new Client({ connectionString: administratorUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};
