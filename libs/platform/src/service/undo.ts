type Log = (message: string, error: unknown) => void;

/** Ends what was opened in the opposite order, each even when another fails. */
export class Undo {
  private readonly steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.steps.unshift(step);
  }

  async all(log: Log = () => undefined): Promise<void> {
    for (const step of this.steps.splice(0)) await step().catch((error: unknown) => log('a part did not stop in order', error));
  }
}
