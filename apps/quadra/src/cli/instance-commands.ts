import type { Command } from 'commander';
import type { DemoOptions } from './demo';
import { importFiles } from './import';
import type { Io } from './io';
import type { Run } from './options';
import { dataOptions, instanceOptions, listenOptions, orgOption } from './options';
import type { ReadOptions, ReportOptions } from './read';
import { history, payment, report } from './read';
import type { InstanceOptions } from './session';
import type { VoidOptions } from './void';
import { voidFile } from './void';

const addServing = (quadra: Command, io: Io, run: Run): void => {
  listenOptions(dataOptions(quadra.command('start').description('runs the standalone profile and prints its address'))).action(
    (options: InstanceOptions) => run(async () => (await import('./start')).start(io, options)),
  );

  listenOptions(
    dataOptions(quadra.command('demo').description('imports and reconciles a month of sample data, prints the report, serves the API')),
  )
    .option('--once', 'stop after the report')
    .option('--payments <number>', 'how many payments', '3000')
    .action((options: DemoOptions) => run(async () => (await import('./demo')).demo(io, options)));
};

const addReading = (quadra: Command, io: Io, run: Run): void => {
  orgOption(instanceOptions(quadra.command('report').description('prints a report, such as reconciliation').argument('<name>')))
    .option('--from <date>', 'first business date, YYYY-MM-DD (default: first day of the month of --to)')
    .option('--to <date>', 'last business date, YYYY-MM-DD (default: today)')
    .option('--as-of <instant>', 'what was known then: an instant, or a date')
    .option('--format <format>', 'csv')
    .action((name: string, options: ReportOptions) => run(() => report(io, name, options)));

  orgOption(instanceOptions(quadra.command('payment').description('prints where a payment stands and why').argument('<iuv>')))
    .option('--issuer <fiscal code>', 'body that issued the notice, where several use the same IUV')
    .option('--as-of <instant>', 'what was known then: an instant, or a date')
    .action((iuv: string, options: ReadOptions & { issuer?: string; asOf?: string }) => run(() => payment(io, iuv, options)));

  orgOption(
    instanceOptions(quadra.command('history').description('prints the life of a payment, event by event').argument('<iuv>')),
  ).action((iuv: string, options: ReadOptions) => run(() => history(io, iuv, options)));
};

/** The commands of an officer: serve, take in, look. */
export const addInstanceCommands = (quadra: Command, io: Io, run: Run): void => {
  addServing(quadra, io, run);
  orgOption(
    instanceOptions(quadra.command('import').description('takes files in and waits until they are reconciled').argument('<file...>')),
  ).action((files: string[], options: InstanceOptions & { org: string }) => run(() => importFiles(io, files, options)));
  orgOption(
    instanceOptions(quadra.command('void').description('takes a wrong file back: nothing that it alone said stands').argument('<fileId>')),
  )
    .requiredOption('--reason <text>', 'why; it stands in the history')
    .action((fileId: string, options: VoidOptions) => run(() => voidFile(io, fileId, options)));
  addReading(quadra, io, run);
};
