import type { Command } from 'commander';
import { Option } from 'commander';

/** How a command's work becomes the exit code of the program. */
export type Run = (work: () => number | Promise<number>) => Promise<void>;

const commonOptions = (command: Command): Command =>
  command
    .option('--data <dir>', 'data folder of an instance of its own (default: ./.quadra)')
    .option('--json', 'JSON on stdout')
    .addOption(new Option('--lang <language>', 'language of what officers read').choices(['it', 'en']).default('en'));

/** The options of every command that needs an instance. */
export const instanceOptions = (command: Command): Command =>
  commonOptions(command.option('--url <address>', 'instance to talk to (QUADRA_URL), with the key in QUADRA_API_KEY'));

/** The options of a command that works on the data themselves: `--url` is known, to be refused in a sentence. */
export const dataOptions = (command: Command): Command => commonOptions(command.addOption(new Option('--url <address>').hideHelp()));

/** Where a command would listen. */
export const listenOptions = (command: Command): Command =>
  command
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port to listen on; 0 takes a free one (default: 3000)');

/** The organization that a command is about. */
export const orgOption = (command: Command): Command =>
  command.requiredOption('--org <fiscal code>', 'organization, by its fiscal code of 11 digits');
