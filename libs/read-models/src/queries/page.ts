/** A page of a list: keyset, so that it is exact and quick at any depth. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** The cursor is not one that a list of this kind gave out. */
export class BadCursor extends Error {}

export const encodeCursor = (keys: readonly (string | number)[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

export const decodeCursor = (cursor: string | undefined, count: number): (string | number)[] | undefined => {
  if (cursor === undefined) return undefined;
  try {
    const keys = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    const valid =
      Array.isArray(keys) &&
      keys.length === count &&
      keys.every((k) => typeof k === 'number' || (typeof k === 'string' && !k.includes('\0')));
    if (valid) return keys as (string | number)[];
  } catch {
    // falls through: whatever it is, it is not ours
  }
  throw new BadCursor('the cursor is not one of this list');
};

/** Cuts a page out of rows of which one more than asked for was read. */
export const pageOf = <R, T>(rows: readonly R[], limit: number, keys: (row: R) => (string | number)[], item: (row: R) => T): Page<T> => {
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  return { items: shown.map(item), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keys(last)) : null };
};

/** Collects conditions with their parameters, so that no value is ever written into SQL. */
export class Where {
  readonly values: unknown[] = [];
  private readonly conditions: string[] = [];

  add(condition: (param: string) => string, value: unknown): this {
    if (value === undefined) return this;
    this.values.push(value);
    this.conditions.push(condition(`$${this.values.length}`));
    return this;
  }

  after(columns: readonly string[], keys: readonly unknown[] | undefined): this {
    if (!keys) return this;
    const params = keys.map((k) => `$${this.values.push(k)}`);
    this.conditions.push(`(${columns.join(', ')}) > (${params.join(', ')})`);
    return this;
  }

  get text(): string {
    return this.conditions.length ? `where ${this.conditions.join(' and ')}` : '';
  }
}
