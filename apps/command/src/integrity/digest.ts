import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { DigestedEvent } from '@quadra/domain';
import { SEAL_STREAM } from '@quadra/domain';
import type { StoredEvent } from '@quadra/event-store';

export const sha256 = (text: string): string => hash('sha256', text, 'hex');

/** Everything that an event says, in the one spelling of RFC 8785: no store, driver or order of keys can change it unseen. */
export const digested = ({ stream, revision, id, type, data, meta }: StoredEvent): DigestedEvent => ({
  stream,
  revision,
  id,
  digest: sha256(canonicalize([stream, revision, id, type, data, meta])!),
});

export const isSealed = (event: StoredEvent): boolean => event.stream !== SEAL_STREAM;
