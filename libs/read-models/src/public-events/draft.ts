import type { PublicEventData, PublicEventType } from '@quadra/event-feed';
import type { StoredEvent } from '@quadra/event-store';

/** The internal event that a public one tells of. */
export interface Cause {
  readonly position: bigint;
  readonly type: string;
  readonly recordedAt: string;
  /** Version of the rules, where the event is a conclusion. */
  readonly ruleSet?: string;
}

/** What an event is about, and why it is told. */
export interface About {
  readonly org: string;
  readonly subject: string;
  readonly cause: Cause;
}

/** A public event before it has its place in the outbox. */
export interface Draft extends About {
  readonly type: PublicEventType;
  /** It takes back what an earlier event of the subject said. */
  readonly correction: boolean;
  readonly data: object;
}

export const draft = <T extends PublicEventType>(about: About, type: T, data: PublicEventData<T>, correction = false): Draft => ({
  type,
  org: about.org,
  subject: about.subject,
  cause: about.cause,
  correction,
  data,
});

export const causeOf = (event: StoredEvent): Cause => {
  const ruleSet = (event.data as { ruleSet?: unknown }).ruleSet;
  return {
    position: event.position,
    type: event.type,
    recordedAt: event.meta.recordedAt,
    ...(typeof ruleSet === 'string' && { ruleSet }),
  };
};

const PLAIN = /^[\w.~-]+$/;
const segment = (text: string): string => (PLAIN.test(text) ? text : encodeURIComponent(text));

/** What an event is about, as a path that begins with the organization; free text is percent-encoded. */
export const subjectOf = (org: string, kind: 'payments' | 'settlement-flows' | 'credits' | 'files', ...ids: readonly string[]): string =>
  `${org}/${kind}/${ids.map(segment).join('/')}`;
