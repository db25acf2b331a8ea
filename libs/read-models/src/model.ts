import type { ClientBase, Pool } from 'pg';
import type { Processor } from '@quadra/processing';

/** The schema of the projection service: read models only, all of them disposable. */
export const READ_SCHEMA = 'read';

/**
 * A read model: a processor that fills tables whose names end in its version, and the columns that tell whether two
 * versions are equal. Views without suffix point at the live version.
 */
export interface ReadModel extends Processor {
  readonly tables: readonly ModelTable[];
}

export interface ModelTable {
  /** Name without schema and version. */
  readonly name: string;
  readonly key: readonly string[];
  /** Business columns: equal facts give equal values, whatever the order in which they came. */
  readonly columns: readonly string[];
}

export type ModelFactory = (version: number) => ReadModel;

export const tableName = (name: string, version: number): string => `${READ_SCHEMA}.${name}_v${version}`;

export const query = async <T>(client: ClientBase | Pool, text: string, values: unknown[] = []): Promise<T[]> =>
  (await client.query(text, values)).rows as T[];

/** A text array as PostgreSQL writes it; our values are codes without quotes or commas. */
export const codeArray = (codes: readonly string[]): string => `{${codes.join(',')}}`;
