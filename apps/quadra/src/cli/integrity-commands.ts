import type { Command } from 'commander';
import type { Io } from './io';
import type { BackupCliOptions, RestoreCliOptions } from './moving';
import type { Run } from './options';
import { dataOptions, instanceOptions } from './options';
import type { InstanceOptions } from './session';
import type { VerifyCliOptions } from './verify';

/** The commands of whoever answers for the data: seals, copies, and whether all parts agree. */
export const addIntegrityCommands = (quadra: Command, io: Io, run: Run): void => {
  instanceOptions(quadra.command('verify').description('compares the whole history with its seals and names the first broken event'))
    .option('--root <hex...>', 'roots that were noted outside: each must stand in the chain')
    .action((options: VerifyCliOptions) => run(async () => (await import('./verify')).verify(io, options)));
  instanceOptions(
    quadra.command('audit').description('compares store, seals, read models and public events, and prints what differs'),
  ).action((options: InstanceOptions) => run(async () => (await import('./audit')).audit(io, options)));
  dataOptions(quadra.command('backup').description('writes what an instance holds into a folder, while it goes on working'))
    .requiredOption('--out <dir>', 'folder that does not exist yet, or is empty')
    .option('--with-key', 'writes the secret beside it: whoever has both can read everything')
    .action((options: BackupCliOptions) => run(async () => (await import('./moving')).backup(io, options)));
  dataOptions(quadra.command('restore').description('brings a backup into an empty instance that is not running'))
    .requiredOption('--from <dir>', 'folder of the backup')
    .option('--key <file>', 'secret.key of the first instance, copied into a data folder that has none')
    .action((options: RestoreCliOptions) => run(async () => (await import('./moving')).restoreFrom(io, options)));
};
