import type { BlockSealed } from './events';
import { MAX_BLOCK_EVENTS } from './events';

type Block = BlockSealed['data'];

/** What is sealed of one event: its identity, and SHA-256 over everything it says, as 64 hex digits. */
export interface DigestedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly digest: string;
}

/** SHA-256 of a text (UTF-8), as 64 hex digits. */
export type Sha256 = (text: string) => string;

/** The end of the chain. */
export interface SealChain {
  /** Revision of the last seal in its stream; -1 for none. */
  readonly revision: number;
  /** Number of the last block; 0 for none. */
  readonly block: number;
  readonly root: string;
  /** Events sealed so far. */
  readonly sealed: number;
}

export const NO_SEALS: SealChain = { revision: -1, block: 0, root: '0'.repeat(64), sealed: 0 };

/** Takes any event of the stream in; one that is no seal counts as a revision only. */
export const evolveSeals = (chain: SealChain, { type, data }: { type: string; data: unknown }): SealChain => {
  const revision = chain.revision + 1;
  if (type !== 'BlockSealed') return { ...chain, revision };
  const { block, root, count } = data as Block;
  return { revision, block, root, sealed: chain.sealed + count };
};

const MARK_DIGITS = 12;

export const markOf = (digest: string): string => digest.slice(0, MARK_DIGITS);

export const marksIn = (marks: string): string[] =>
  Array.from({ length: Math.floor(marks.length / MARK_DIGITS) }, (_, i) => marks.slice(i * MARK_DIGITS, (i + 1) * MARK_DIGITS));

/** Seals events that follow each other in store order. @throws when there are none, or more than a block holds. */
export const sealBlock = (chain: Pick<SealChain, 'block' | 'root'>, events: readonly DigestedEvent[], sha256: Sha256): BlockSealed => {
  const [first, last] = [events[0], events[events.length - 1]];
  if (!first || !last || events.length > MAX_BLOCK_EVENTS)
    throw new Error(`A block holds 1 to ${MAX_BLOCK_EVENTS} events, not ${events.length}`);
  const head = { block: chain.block + 1, firstEventId: first.id, lastEventId: last.id, count: events.length, previousRoot: chain.root };
  const digests = events.map((e) => e.digest);
  const root = sha256([head.block, head.firstEventId, head.lastEventId, head.count, head.previousRoot, ...digests].join('\n'));
  return { type: 'BlockSealed', data: { ...head, root, marks: digests.map(markOf).join('') } };
};
