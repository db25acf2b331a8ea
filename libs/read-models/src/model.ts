import type { ClientBase, Pool } from 'pg';
import type { PartScope, Processor } from '@quadra/processing';

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
  /** Business columns: equal facts give equal values, whatever the order in which they came. None: nothing is compared. */
  readonly columns: readonly string[];
  /** Condition of rows of which every fact was taken back: kept for what may still come, and nowhere to be seen. */
  readonly hidden?: string;
}

/** The rows of a table that stand for something, as SQL after `from`. */
export const shownRows = (table: string, { hidden }: ModelTable): string =>
  hidden === undefined ? table : `${table} where not (${hidden})`;

/** The tables whose rows tell whether two versions of a model, or two instances, say the same. */
export const comparedTables = ({ tables }: Pick<ReadModel, 'tables'>): readonly ModelTable[] => tables.filter((t) => t.columns.length > 0);

/** Makes a model in a version, for one part of the feed; without a scope it works on all of it. */
export type ModelFactory = (version: number, scope?: PartScope) => ReadModel;

export const tableName = (name: string, version: number): string => `${READ_SCHEMA}.${name}_v${version}`;

export const query = async <T>(client: ClientBase | Pool, text: string, values: unknown[] = []): Promise<T[]> =>
  (await client.query(text, values)).rows as T[];

/** A text array as PostgreSQL writes it; our values are codes without quotes or commas. */
export const codeArray = (codes: readonly string[]): string => `{${codes.join(',')}}`;
