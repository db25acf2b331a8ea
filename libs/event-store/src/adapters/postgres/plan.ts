import { NO_STREAM } from '../../port';

/** What a plan needs to know of a waiting append. */
export interface Plannable {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly unknown[];
}

export interface Plan<A extends Plannable> {
  /** To be written, in this order; the first revision of each is `expected + 1`. */
  readonly accepted: readonly A[];
  /** The stream is already past the expected revision: a conflict, or the same append once more. The ids tell. */
  readonly overtaken: readonly A[];
  /** The caller expects events that do not exist. */
  readonly impossible: readonly A[];
}

/**
 * Decides which appends of a batch stand at the exact revision, in the order of arrival; an append sees the earlier ones
 * of its batch. A stream whose head is unknown is taken at its word: the caller has looked up all but hopeful new streams,
 * and of those the unique index has the last word.
 */
export const planBatch = <A extends Plannable>(batch: readonly A[], headOf: (stream: string) => number | undefined): Plan<A> => {
  const moved = new Map<string, number>();
  const accepted: A[] = [];
  const overtaken: A[] = [];
  const impossible: A[] = [];
  for (const append of batch) {
    const { stream, expected, events } = append;
    const head = moved.get(stream) ?? headOf(stream) ?? expected;
    if (expected < head) overtaken.push(append);
    else if (expected > head) impossible.push(append);
    else {
      moved.set(stream, expected + events.length);
      accepted.push(append);
    }
  }
  return { accepted, overtaken, impossible };
};

/** The streams whose head must be looked up before planning: unknown ones, save new streams while these are trusted to be new. */
export const headsToLookUp = (
  batch: readonly Plannable[],
  headOf: (stream: string) => number | undefined,
  trustNew: boolean,
): ReadonlySet<string> => {
  const streams = new Set<string>();
  for (const { stream, expected } of batch) {
    if ((expected !== NO_STREAM || !trustNew) && headOf(stream) === undefined) streams.add(stream);
  }
  return streams;
};
