import { Command, CommanderError } from 'commander';
import { addInstanceCommands } from './cli/instance-commands';
import { addIntegrityCommands } from './cli/integrity-commands';
import { addOperationCommands } from './cli/operation-commands';
import type { Io } from './cli/io';
import { CliError, EXIT, processIo } from './cli/io';
import type { Run } from './cli/options';
import { addToolCommands } from './cli/tool-commands';
import { VERSION } from './version';

const program = (io: Io, run: Run): Command => {
  const quadra = new Command('quadra')
    .description('Reconciles the payments of Italian public bodies (pagoPA) and keeps the whole life of every payment')
    .version(VERSION)
    .showHelpAfterError('(quadra <command> --help shows the options)')
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.say(text.trimEnd()) })
    .exitOverride();
  addInstanceCommands(quadra, io, run);
  addOperationCommands(quadra, io, run);
  addIntegrityCommands(quadra, io, run);
  addToolCommands(quadra, io, run);
  return quadra;
};

/** Runs one command line and tells how it ended; nothing that goes wrong shows a stack. */
export const runCli = async (args: readonly string[], io: Io): Promise<number> => {
  let exitCode: number = EXIT.done;
  const run: Run = async (work) => {
    exitCode = await work();
  };
  try {
    await program(io, run).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    io.say(error instanceof CliError ? error.message : `quadra failed: ${(error as Error).message}`);
    if (io.env['QUADRA_DEBUG'] && error instanceof Error) io.say(error.stack ?? '');
    return error instanceof CliError ? error.exitCode : EXIT.failed;
  }
};

/** The program itself: what is open at the end does not keep it alive. */
export const main = async (): Promise<void> => {
  process.exitCode = await runCli(process.argv.slice(2), processIo());
};
