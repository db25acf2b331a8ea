/** A fact of the business. The type string is the contract: it is stored for ever, fields are added and never renamed. */
export type DomainEvent<T extends string, D> = Readonly<{ type: T; data: Readonly<D> }>;

/** An expected refusal: a value, not an exception. `rejected` is a stable code, `because` a sentence for a person. */
export type Rejection<R extends string = string> = Readonly<{ rejected: R; because: string }>;

/**
 * The three functions of an aggregate. `decide` answers with the events that a command adds (none when the fact is known
 * already) or a rejection; `evolve` is total: it ignores events of a newer version and never throws.
 */
export interface Decider<C, S, E, R extends Rejection = Rejection> {
  readonly initialState: S;
  decide(command: C, state: S): readonly E[] | R;
  evolve(state: S, event: E): S;
}

export const isRejection = (outcome: unknown): outcome is Rejection =>
  typeof outcome === 'object' && outcome !== null && !Array.isArray(outcome) && 'rejected' in outcome;

/** Makes an unhandled case a compile error; at run time it means a bug, so it throws. */
export const never = (value: never): never => {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
};

/** Programmer errors stop here, with a message; expected refusals are `Rejection`s. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${message}`);
}
