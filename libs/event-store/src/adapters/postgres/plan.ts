import { assert } from '@quadra/kernel';
import { NO_STREAM } from '../../port';

/** What a plan needs to know of a waiting append. */
export interface Plannable {
  readonly stream: string;
  readonly expected: number;
  readonly count: number;
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
 * of its batch. A stream without a known head is taken to be new: the caller has looked up all others, and of those the unique
 * index has the last word.
 */
export const planBatch = <A extends Plannable>(batch: readonly A[], heads: ReadonlyMap<string, number>): Plan<A> => {
  const moved = new Map<string, number>();
  const accepted: A[] = [];
  const overtaken: A[] = [];
  const impossible: A[] = [];
  for (const append of batch) {
    const { stream, expected, count } = append;
    const head = moved.get(stream) ?? heads.get(stream) ?? NO_STREAM;
    assert(expected === NO_STREAM || moved.has(stream) || heads.has(stream), `the head of ${stream} was not looked up`);
    if (expected < head) overtaken.push(append);
    else if (expected > head) impossible.push(append);
    else {
      moved.set(stream, expected + count);
      accepted.push(append);
    }
  }
  return { accepted, overtaken, impossible };
};

/** The streams whose head must be looked up before planning: unknown ones, save new streams while these are trusted to be new. */
export const headsToLookUp = (batch: readonly Plannable[], heads: ReadonlyMap<string, number>, trustNew: boolean): ReadonlySet<string> => {
  const streams = new Set<string>();
  for (const { stream, expected } of batch) {
    if ((expected !== NO_STREAM || !trustNew) && !heads.has(stream)) streams.add(stream);
  }
  return streams;
};
