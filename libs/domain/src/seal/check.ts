import type { BlockSealed } from './events';
import type { DigestedEvent, SealChain, Sha256 } from './chain';
import { markOf, marksIn, sealBlock } from './chain';

type Block = BlockSealed['data'];

/** How the store differs from what was sealed. */
export type SealFinding =
  /** The event says something else than when it was sealed. */
  | { readonly kind: 'changed'; readonly event: DigestedEvent }
  /** An event was put in that was not there. */
  | { readonly kind: 'added'; readonly event: DigestedEvent }
  /** The event stands at another place than when it was sealed. */
  | { readonly kind: 'moved'; readonly event: DigestedEvent }
  /** An event that was sealed is gone; it stood between these two. */
  | { readonly kind: 'missing'; readonly after?: DigestedEvent; readonly before?: DigestedEvent }
  /** The seal itself is not what was written, or does not follow the one before. */
  | { readonly kind: 'seal' };

/**
 * Compares a block with what stands in the store.
 * @param events what follows the block before: as many events as the block counts, fewer at the end of the store.
 * @param later marks of the block after it, where there is one: they tell a missing event from a changed one.
 * @returns undefined when the block seals exactly these events and follows the chain.
 */
export const checkBlock = (
  chain: SealChain,
  block: Block,
  { events, later = '' }: { events: readonly DigestedEvent[]; later?: string },
  sha256: Sha256,
): SealFinding | undefined => {
  const marks = marksIn(block.marks);
  const wrong = marks.findIndex((mark, i) => !events[i] || markOf(events[i].digest) !== mark);
  const isWhole = block.count === marks.length && block.count > 0 && block.block === chain.block + 1 && block.previousRoot === chain.root;
  if (!isWhole) return { kind: 'seal' };
  if (wrong >= 0) return findingAt(wrong, marks, marksIn(later), block, events);
  const again = sealBlock(chain, events.slice(0, block.count), sha256).data;
  return sameBlock(again, block) ? undefined : { kind: 'seal' };
};

const sameBlock = (a: Block, b: Block): boolean =>
  a.root === b.root && a.firstEventId === b.firstEventId && a.lastEventId === b.lastEventId && a.marks === b.marks;

/** What happened where block and store part: looked up by what stands there and by where else it stands. */
const findingAt = (
  at: number,
  marks: readonly string[],
  later: readonly string[],
  block: Block,
  events: readonly DigestedEvent[],
): SealFinding => {
  const event = events[at];
  const gap = { kind: 'missing' as const, ...(events[at - 1] && { after: events[at - 1]! }), ...(event && { before: event }) };
  if (!event) return gap;
  const here = markOf(event.digest);
  const isSealedLater = marks.includes(here, at + 1) || later.includes(here);
  const isFoundLater = events.some((e, i) => i > at && markOf(e.digest) === marks[at]);
  if (isFoundLater) return { kind: isSealedLater ? 'moved' : 'added', event };
  if (isSealedLater) return isLaterBehind(at, marks, events) ? { kind: 'moved', event } : gap;
  const isLast = at === marks.length - 1;
  return isLast && later.length === 0 && event.id !== block.lastEventId ? gap : { kind: 'changed', event };
};

/** The event after the place is as sealed, so nothing slid up: the event here came from elsewhere. */
const isLaterBehind = (at: number, marks: readonly string[], events: readonly DigestedEvent[]): boolean => {
  const next = events[at + 1];
  return next !== undefined && marks[at + 1] !== undefined && markOf(next.digest) === marks[at + 1];
};
