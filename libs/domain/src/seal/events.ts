import type { DomainEvent } from '@quadra/kernel';

/** One chain over the whole store: the seals themselves are not sealed. */
export const SEAL_STREAM = 'seal-all';

/** Events that one block covers at most. */
export const MAX_BLOCK_EVENTS = 1_000;

/**
 * Up to `MAX_BLOCK_EVENTS` events that follow each other in store order, and what they were when they were sealed. Nothing in it
 * depends on positions or on the bytes that a store keeps, so the chain holds after a move to another store.
 */
export type BlockSealed = DomainEvent<
  'BlockSealed',
  {
    /** From 1 on, without gaps. */
    readonly block: number;
    readonly firstEventId: string;
    readonly lastEventId: string;
    readonly count: number;
    /** Root of the block before; of 64 zeros for the first. */
    readonly previousRoot: string;
    /** SHA-256 over number, ids, count, previous root and the digest of every event, as 64 hex digits. */
    readonly root: string;
    /** The first digits of each digest, one after the other: they prove nothing, they tell which event was broken. */
    readonly marks: string;
  }
>;
