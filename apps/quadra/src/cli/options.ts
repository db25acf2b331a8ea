import type { Command } from 'commander';
import { Option } from 'commander';

/** How a command's work becomes the exit code of the program. */
export type Run = (work: () => number | Promise<number>) => Promise<void>;

/** The options of every command that needs an instance. */
export const instanceOptions = (command: Command): Command =>
  command
    .option('--url <address>', 'instance to talk to (QUADRA_URL), with the key in QUADRA_API_KEY')
    .option('--data <dir>', 'data folder of an instance of its own (default: ./.quadra)')
    .option('--json', 'JSON on stdout')
    .addOption(new Option('--lang <language>', 'language of what officers read').choices(['it', 'en']).default('en'));

/** The organization that a command is about. */
export const orgOption = (command: Command): Command =>
  command.requiredOption('--org <fiscal code>', 'organization, by its fiscal code of 11 digits');
