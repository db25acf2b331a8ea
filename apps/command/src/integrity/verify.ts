import type { BlockSealed, SealChain, SealFinding } from '@quadra/domain';
import { MAX_BLOCK_EVENTS, NO_SEALS, SEAL_STREAM, checkBlock, evolveSeals } from '@quadra/domain';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import { categoryOf } from '@quadra/kernel';
import { Cursor, Unreadable } from './cursor';
import { digested, isSealed, sha256 } from './digest';
import { gapAfter } from './gap';
import type { Finding } from './findings';
import { findingOf, rootsMissing, unreadable } from './findings';

export interface VerifyOptions {
  /** Roots that were noted outside the store: each must stand in the chain. */
  readonly roots?: readonly string[];
  readonly onProgress?: (events: number) => void;
}

export interface Verification {
  /** Up to where the store was read. */
  readonly position: string;
  /** Blocks and events that are as they were sealed, from the first on. */
  readonly blocks: number;
  readonly sealed: number;
  /** Root of the last of these blocks. */
  readonly root: string;
  /** When that block was sealed; absent when nothing was. */
  readonly sealedAt?: string;
  /** Events after the last block. */
  readonly unsealed: number;
  /** The first thing that is wrong. */
  readonly finding?: Finding;
}

const isBlock = (data: Partial<BlockSealed['data']>): data is BlockSealed['data'] =>
  [data.firstEventId, data.lastEventId, data.previousRoot, data.root, data.marks].every((text) => typeof text === 'string') &&
  Number.isInteger(data.block) &&
  Number.isInteger(data.count) &&
  data.count! > 0 &&
  data.count! <= MAX_BLOCK_EVENTS;

const blockOf = (seal: StoredEvent | undefined): BlockSealed['data'] | undefined =>
  seal?.type === 'BlockSealed' && isBlock(seal.data) ? seal.data : undefined;

/**
 * Reads the whole store beside its seals and stops at the first thing that is not as it was sealed. Memory stays flat.
 * @param store a reader of its own: a writer shows its last events from memory, whatever was done to the rows since.
 */
export const verifyStore = async (store: EventStore, { roots = [], onProgress }: VerifyOptions = {}): Promise<Verification> => {
  const upTo = await store.head();
  const seals = new Cursor(store, { after: 0n, upTo, categories: [categoryOf(SEAL_STREAM)] });
  const events = new Cursor(store, { after: 0n, upTo }, isSealed);
  const missing = new Set(roots);
  let chain = NO_SEALS;
  let last: StoredEvent | undefined;
  const result = (unsealed: number, finding?: Finding): Verification => ({
    position: String(upTo),
    blocks: chain.block,
    sealed: chain.sealed,
    root: chain.root,
    ...(last && { sealedAt: last.meta.recordedAt }),
    unsealed,
    ...(finding && { finding }),
  });
  try {
    let [seal, next] = await seals.take(2);
    for (; seal; [seal, next] = [next, (await seals.take(1))[0]]) {
      const broken = await checkSeal(chain, seal, next, events);
      if (broken) return result(0, await explain(store, broken, seal));
      chain = evolveSeals(chain, seal);
      last = seal;
      missing.delete(chain.root);
      onProgress?.(chain.sealed);
    }
    const unsealed = await countRest(events);
    return result(unsealed, rootsMissing([...missing]));
  } catch (error) {
    if (error instanceof Unreadable) return result(0, unreadable(error));
    throw error;
  } finally {
    await Promise.all([seals.close(), events.close()]);
  }
};

const checkSeal = async (
  chain: SealChain,
  seal: StoredEvent,
  next: StoredEvent | undefined,
  events: Cursor,
): Promise<SealFinding | undefined> => {
  const block = blockOf(seal);
  if (!block || seal.revision !== chain.revision + 1) return { kind: 'seal' };
  const covered = (await events.take(block.count)).map(digested);
  const later = blockOf(next)?.marks;
  return checkBlock(chain, block, { events: covered, ...(later !== undefined && { later }) }, sha256);
};

/** A missing event is named by the hole that it leaves in its stream, where it leaves one. */
const explain = async (store: EventStore, broken: SealFinding, seal: StoredEvent): Promise<Finding> => {
  const hole = broken.kind === 'missing' ? await gapAfter(store, broken.before) : undefined;
  return findingOf(broken, seal, hole);
};

const countRest = async (events: Cursor): Promise<number> => {
  for (let count = 0; ;) {
    const { length } = await events.take(MAX_BLOCK_EVENTS);
    if (length === 0) return count;
    count += length;
  }
};
