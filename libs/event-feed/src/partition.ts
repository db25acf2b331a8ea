import { orgOf } from '@quadra/kernel';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a with a final mix. Part of what is stored outside (topics, checkpoints per partition): it never changes. */
const stableHash = (text: string): number => {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/**
 * The part in which the events of a stream are: one for all streams of an organization. A stream without an organization
 * (`seal-all`) has a stable part too, that of the text in its place.
 */
export const partitionOf = (stream: string, partitions: number): number => stableHash(orgOf(stream)) % partitions;
