/** Where a command writes, so that tests can read it. */
export interface Io {
  /** Results, to stdout. */
  out(text: string): void;
  /** Messages and progress, to stderr. */
  say(text: string): void;
  /** stderr is a terminal: a bar can be drawn. */
  readonly interactive: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export const EXIT = { done: 0, failed: 1, usage: 2, rejected: 3 } as const;

/** Ends a command with one sentence for a person, and an exit code. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
  ) {
    super(message);
  }
}

export const processIo = (): Io => ({
  out: (text) => process.stdout.write(`${text}\n`),
  say: (text) => process.stderr.write(`${text}\n`),
  interactive: process.stderr.isTTY === true,
  env: process.env,
});
