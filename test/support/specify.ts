import { isRejection } from '@quadra/kernel';

/** What a specification needs of an aggregate: where it starts, what it decides, how it folds. */
export interface Specified<C, S, E> {
  readonly initialState: S;
  decide(command: C, state: S): readonly E[] | { readonly rejected: string };
  evolve(state: S, event: E): S;
}

/** Given what happened, when somebody asks, then this is added: sentences over a decider, without mocks. */
export const specify = <C, S, E>({ initialState, decide, evolve }: Specified<C, S, E>) => {
  const fold = (events: readonly E[]): S => events.reduce((state, event) => evolve(state, event), initialState);
  const given = (...history: readonly E[]) => ({
    when: (command: C) => {
      const outcome = decide(command, fold(history));
      return {
        then: (...events: readonly E[]) => expect(outcome).toEqual(events),
        thenNothing: () => expect(outcome).toEqual([]),
        thenRejected: (code: string) => expect(outcome).toMatchObject({ rejected: code }),
      };
    },
  });
  /** The state after a series of commands; refused ones change nothing. */
  const after = (commands: readonly C[]): S =>
    commands.reduce((state, command) => {
      const outcome = decide(command, state);
      return isRejection(outcome) ? state : (outcome as readonly E[]).reduce(evolve, state);
    }, initialState);
  /** What a command adds to what a series of commands left behind. */
  const adds = (commands: readonly C[], last: C): readonly E[] | { readonly rejected: string } => decide(last, after(commands));
  return { given, fold, after, adds };
};
