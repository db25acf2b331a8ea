import type { ClientBase, Pool } from 'pg';
import { READ_SCHEMA } from '../model';

/**
 * Where a read looks: the tables as they stand, or tables of the same names as they stood at a position. The same query runs
 * on either.
 */
export interface Source {
  readonly client: ClientBase | Pool;
  readonly schema: string;
}

/** What stands now. */
export const present = (client: ClientBase | Pool): Source => ({ client, schema: READ_SCHEMA });
