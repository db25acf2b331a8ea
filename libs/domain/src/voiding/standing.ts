import type { TakingBack, VoidOf } from './events';

interface Happened {
  readonly type: string;
  readonly data: object;
  readonly meta?: { readonly source?: { readonly fileId: string } };
}

interface StandingFact {
  readonly fileId: string;
  readonly takenBackBy: TakingBack;
}

/** The facts of one stream that stand, each with the file that brought it. */
export interface StandingFacts {
  readonly facts: ReadonlyMap<string, StandingFact>;
  /** How many facts of each file were taken back. */
  readonly voided: ReadonlyMap<string, number>;
}

export const NO_FACTS: StandingFacts = { facts: new Map(), voided: new Map() };

const keyOf = ({ type, data }: { readonly type: string; readonly data: object }): string =>
  `${type} ${Object.entries(data)
    .filter(([name]) => name !== 'reason')
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(' ')}`;

const isFileFact = (event: Happened): event is Happened & { meta: { source: { fileId: string } } } => event.meta?.source !== undefined;

/**
 * Folds any stream of facts into what stands and who brought it. A fact belongs to the file whose event says it last: a
 * version of a flow to the file that completed it.
 */
export const evolveStanding =
  <E>(voidOf: VoidOf<E>) =>
  (standing: StandingFacts, event: E & Happened): StandingFacts => {
    const takenBackBy = voidOf(event);
    if (takenBackBy) {
      if (!isFileFact(event)) return standing;
      return { ...standing, facts: new Map(standing.facts).set(keyOf(takenBackBy), { fileId: event.meta.source.fileId, takenBackBy }) };
    }
    const key = keyOf(event);
    const known = standing.facts.get(key);
    if (!known) return standing;
    const facts = new Map(standing.facts);
    facts.delete(key);
    return { facts, voided: new Map(standing.voided).set(known.fileId, (standing.voided.get(known.fileId) ?? 0) + 1) };
  };

export interface VoidFacts {
  readonly type: 'VoidFacts';
  readonly fileId: string;
  readonly reason: string;
}

/** Takes back what stands by one file alone; nothing is left to do the second time. */
export const decideVoidFacts = ({ fileId, reason }: VoidFacts, { facts }: StandingFacts): { type: string; data: object }[] =>
  [...facts.values()]
    .filter((fact) => fact.fileId === fileId)
    .map(({ takenBackBy: { type, data } }) => ({ type, data: { ...data, reason } }));
