/** A JSON Schema (draft-07), as far as the contracts use it. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** One field of a public event: its schema, whether it may be absent, and the type of its values. */
export interface Field<T, Optional extends boolean = false> {
  readonly schema: Schema;
  readonly optional: Optional;
  /** Never there at run time: carries the type. */
  readonly of?: T;
}

export type Shape = Readonly<Record<string, Field<unknown, boolean>>>;

type Of<F> = F extends Field<infer T, boolean> ? T : never;
type OptionalKeys<S extends Shape> = { [K in keyof S]: S[K] extends Field<unknown, true> ? K : never }[keyof S];

/** What an object of this shape looks like in code. */
export type DataOf<S extends Shape> = { readonly [K in Exclude<keyof S, OptionalKeys<S>>]: Of<S[K]> } & {
  readonly [K in OptionalKeys<S>]?: Of<S[K]> | undefined;
};

const field = <T>(schema: Schema): Field<T> => ({ schema, optional: false });

export const text = (description: string): Field<string> => field({ type: 'string', description });
export const matching = (pattern: string, description: string): Field<string> => field({ type: 'string', pattern, description });
/** A whole number of euro cents. */
export const cents = (description: string): Field<number> =>
  field({ type: 'integer', format: 'int64', description: `${description} Cents.` });
export const count = (description: string): Field<number> => field({ type: 'integer', format: 'int32', description });
/** A civil date in Italy. */
export const date = (description: string): Field<string> => field({ type: 'string', format: 'date', description });
/** An instant in UTC. */
export const instant = (description: string): Field<string> => field({ type: 'string', format: 'date-time', description });
export const flag = (description: string): Field<boolean> => field({ type: 'boolean', description });
export const oneOf = <const V extends readonly string[]>(values: V, description: string): Field<V[number]> =>
  field({ type: 'string', enum: values, description });
/** One of the values, or null for "none". */
export const oneOfOrNull = <const V extends readonly string[]>(values: V, description: string): Field<V[number] | null> =>
  field({ type: ['string', 'null'], enum: [...values, null], description });
export const textOrNull = (description: string): Field<string | null> => field({ type: ['string', 'null'], description });
export const list = <T>(items: Field<T>, description: string): Field<readonly T[]> =>
  field({ type: 'array', items: items.schema, description });
export const optional = <T>({ schema }: Field<T>): Field<T, true> => ({ schema, optional: true });

/** A public contract lets readers meet fields that they do not know: more may come, none is renamed. */
export const schemaOf = (shape: Shape, description?: string): Schema => ({
  type: 'object',
  ...(description !== undefined && { description }),
  required: Object.keys(shape).filter((name) => !shape[name]!.optional),
  properties: Object.fromEntries(Object.entries(shape).map(([name, { schema }]) => [name, schema])),
});

export const object = <S extends Shape>(shape: S, description?: string): Field<DataOf<S>> => field(schemaOf(shape, description));

export const objectOrNull = <S extends Shape>(shape: S, description: string): Field<DataOf<S> | null> =>
  field({ ...schemaOf(shape, description), type: ['object', 'null'] });
