import type { Command } from 'commander';
import type { Io } from './io';
import type { NewKeyOptions } from './keys';
import { parkedList, parkedRetry, parkedSkip, processors, rebuild } from './operate';
import type { Run } from './options';
import { dataOptions, instanceOptions, listenOptions } from './options';
import type { InstanceOptions } from './session';

const addKeys = (quadra: Command, io: Io, run: Run): void => {
  const key = quadra.command('key').description('API keys of the instance on a data folder or in DATABASE_URL');
  dataOptions(key.command('create').description('makes a key and prints it, this once'))
    .requiredOption('--name <name>', 'what the key is for')
    .requiredOption('--roles <roles>', 'roles, separated by commas')
    .option('--orgs <fiscal codes>', 'organizations that it sees, separated by commas; * for all', '*')
    .action((options: NewKeyOptions) => run(async () => (await import('./keys')).keyCreate(io, options)));
  dataOptions(key.command('list').description('prints the keys without their secrets')).action((options: InstanceOptions) =>
    run(async () => (await import('./keys')).keyList(io, options)),
  );
  dataOptions(key.command('revoke').description('takes a key back').argument('<id>')).action((id: string, options: InstanceOptions) =>
    run(async () => (await import('./keys')).keyRevoke(io, id, options)),
  );
};

/** The commands of an operator. */
export const addOperationCommands = (quadra: Command, io: Io, run: Run): void => {
  instanceOptions(quadra.command('processors').description('prints the processors, how far behind each is, what is parked')).action(
    (options: InstanceOptions) => run(() => processors(io, options)),
  );
  instanceOptions(quadra.command('rebuild').description('builds read models again from the events').argument('[name...]')).action(
    (names: string[], options: InstanceOptions) => run(() => rebuild(io, names, options)),
  );

  const parked = quadra.command('parked').description('organizations whose processing stopped at an event');
  instanceOptions(parked.command('list').description('prints them')).action((options: InstanceOptions) =>
    run(() => parkedList(io, options)),
  );
  instanceOptions(parked.command('retry').description('tries again from the event at which they stopped'))
    .option('--processor <name>', 'only in this processor')
    .option('--org <fiscal code>', 'only this organization')
    .action((options: InstanceOptions & { processor?: string; org?: string }) => run(() => parkedRetry(io, options)));
  instanceOptions(parked.command('skip').description('passes over the event at which an organization stopped'))
    .requiredOption('--processor <name>', 'the processor that stopped')
    .requiredOption('--org <fiscal code>', 'the organization')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .action((options: InstanceOptions & { processor: string; org: string; reason: string }) => run(() => parkedSkip(io, options)));

  listenOptions(dataOptions(quadra.command('doctor').description('looks for what would stop an instance from starting'))).action(
    (options: InstanceOptions) => run(async () => (await import('./doctor')).doctor(io, options)),
  );
  addKeys(quadra, io, run);
};
