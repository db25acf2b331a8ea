import { type StoredEvent } from '../../port';
import { type RawEvent } from './raw';

/** Streams of Quadra are named `<category>-<id>`; the server's own begin with `$`. */
const OURS = /^[A-Za-z][A-Za-z0-9]*-./su;

export const isOurs = ({ stream }: RawEvent): boolean => OURS.test(stream);

export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));

const isMeta = (metadata: unknown): metadata is StoredEvent['meta'] =>
  typeof metadata === 'object' && metadata !== null && 'commandId' in metadata && 'recordedAt' in metadata;

/** @throws Error for an event in a stream of Quadra that Quadra did not write: nobody knows what it means. */
export const toEvent = ({ position, stream, revision, id, type, data, metadata, isJson }: RawEvent): StoredEvent => {
  if (!isJson || !isMeta(metadata)) {
    throw new Error(
      `Event ${revision} of ${stream} (position ${position}) was not written by Quadra: ${isJson ? 'no metadata' : 'not JSON'}`,
    );
  }
  return { position, stream, revision, id, type, data, meta: metadata };
};
