import type { Command } from 'commander';
import { Option } from 'commander';
import { bench } from './bench';
import type { GenerateOptions } from './generate';
import type { Io } from './io';
import type { Run } from './options';
import { orgOption } from './options';
import type { ReconcileOptions } from './reconcile';

/** The commands that need no instance. */
export const addToolCommands = (quadra: Command, io: Io, run: Run): void => {
  quadra
    .command('generate')
    .description('writes sample files of every format, with the right answers in truth.csv')
    .option('--payments <number>', 'payments of all organizations together', '1000')
    .option('--orgs <number>', 'organizations', '3')
    .option('--seed <seed>', 'the same seed gives the same files', '1')
    .option('--month <YYYY-MM>', 'month of the payments (default: last month)')
    .requiredOption('--out <dir>', 'empty or new folder')
    .option('--json', 'JSON on stdout')
    .action((options: GenerateOptions) => run(async () => (await import('./generate')).generate(io, options)));

  orgOption(quadra.command('reconcile').description('matches files once, without a database').argument('<file...>'))
    .option('--out <file.csv>', 'one line per transfer')
    .option('--notifications', 'the organization sends payment notifications')
    .option('--json', 'JSON on stdout')
    .addOption(new Option('--lang <language>', 'language of what officers read').choices(['it', 'en']).default('en'))
    .action((files: string[], options: ReconcileOptions) => run(async () => (await import('./reconcile')).reconcile(io, files, options)));

  quadra
    .command('bench')
    .description('runs a benchmark')
    .argument('<name>')
    .argument('[arguments...]')
    .allowUnknownOption()
    .action((name: string, args: string[]) => run(() => bench(io, name, args)));
};
