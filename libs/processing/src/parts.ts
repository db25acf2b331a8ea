import type { EventFeed } from '@quadra/event-feed';
import type { PartScope } from './processor';

/** The scope of one of a feed's parts. */
export const scopeOf = (feed: Pick<EventFeed, 'partitions' | 'partitionOf'>, partition: number): PartScope => ({
  partition,
  partitions: feed.partitions,
  owns: (org) => feed.partitionOf(`organization-${org}`) === partition,
});

/** Whether no part stands behind those that this process works on; of parts that all are elsewhere, whether they stand together. */
export const areLevel = (all: readonly bigint[], here: readonly bigint[]): boolean => {
  const level = here.length > 0 ? here.reduce((a, b) => (a < b ? a : b)) : all.reduce((a, b) => (a > b ? a : b));
  return all.every((position) => position >= level);
};
