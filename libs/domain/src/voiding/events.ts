/** The event that takes a fact back, before somebody gives the reason. `data` identifies the fact among those of its stream. */
export interface TakingBack {
  readonly type: string;
  readonly data: Readonly<Record<string, string | number>>;
}

/** For a fact, what would take it back; undefined for what is no fact of a document. */
export type VoidOf<E> = (event: E) => TakingBack | undefined;
