import type { DigestedEvent, SealFinding } from '@quadra/domain';
import type { StoredEvent } from '@quadra/event-store';

/** The first thing in the store that is not as it was sealed, for a person and for a program. */
export interface Finding {
  readonly kind: SealFinding['kind'] | 'root' | 'unreadable';
  /** The block in which it showed. */
  readonly block?: number;
  /** The event, where it can be named. */
  readonly stream?: string;
  readonly revision?: number;
  readonly eventId?: string;
  readonly says: string;
}

/** A place in a stream at which an event is missing. */
export interface Hole {
  readonly stream: string;
  readonly revision: number;
}

const nameOf = ({ stream, revision, id }: Pick<DigestedEvent, 'stream' | 'revision' | 'id'>): string =>
  `event ${revision} of ${stream} (${id})`;

const between = ({ after, before }: { after?: DigestedEvent; before?: DigestedEvent }): string => {
  if (after && before) return `between ${nameOf(after)} and ${nameOf(before)}`;
  if (after) return `after ${nameOf(after)}`;
  return before ? `before ${nameOf(before)}` : 'and nothing is left of its block';
};

const SAYS = {
  changed: 'does not say any more what it said when it was sealed',
  added: 'was not there when its surroundings were sealed',
  moved: 'does not stand where it stood when it was sealed',
} as const;

/** @param seal the seal of the block in which it showed; @param hole where the missing event left a gap in its stream. */
export const findingOf = (finding: SealFinding, seal: StoredEvent, hole?: Hole): Finding => {
  const data = seal.data as { block?: unknown };
  const block = Number.isInteger(data.block) ? { block: data.block as number } : {};
  if (finding.kind === 'seal') {
    const { stream, revision, id } = seal;
    const says = `The seal in ${nameOf(seal)} is not what was written, or a seal before it is gone`;
    return { kind: 'seal', ...block, stream, revision, eventId: id, says };
  }
  if (finding.kind === 'missing') {
    const who = hole ? `Event ${hole.revision} of ${hole.stream}` : 'An event';
    return { kind: 'missing', ...block, ...hole, says: `${who} is gone: it stood ${between(finding)}` };
  }
  const { stream, revision, id } = finding.event;
  const says = `${nameOf(finding.event)} ${SAYS[finding.kind]}`;
  return { kind: finding.kind, ...block, stream, revision, eventId: id, says: says.charAt(0).toUpperCase() + says.slice(1) };
};

export const unreadable = ({ message }: Error): Finding => ({ kind: 'unreadable', says: message });

/** @returns undefined when every root that was noted outside stands in the chain. */
export const rootsMissing = ([root]: readonly string[]): Finding | undefined =>
  root === undefined
    ? undefined
    : {
        kind: 'root',
        says: `No block has the root ${root}: seals were cut off or rewritten since it was noted, or it is of another store`,
      };
