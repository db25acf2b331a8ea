import { resolve } from 'node:path';
import { makeFolder } from '@quadra/platform';
import { generate as generateFiles } from '../../../../tools/generator';
import type { Io } from './io';
import { CliError, EXIT } from './io';

export interface GenerateOptions {
  readonly payments: string;
  readonly orgs: string;
  readonly seed: string;
  readonly month?: string;
  readonly out: string;
  readonly json?: boolean;
}

export const wholeNumber = (name: string, text: string, max: number): number => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw new CliError(`${name} takes a whole number from 1 to ${max}, not ${text}`, EXIT.usage);
  return value;
};

/** The month before this one: its money has come by now. */
export const lastMonth = (now: Date): string =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);

const generateInto = async (options: Parameters<typeof generateFiles>[0]): ReturnType<typeof generateFiles> => {
  makeFolder(options.out);
  return generateFiles(options);
};

/** Writes sample files with the right answers beside them. */
export const generate = async (io: Io, options: GenerateOptions): Promise<number> => {
  const payments = wholeNumber('--payments', options.payments, 100_000_000);
  const orgs = wholeNumber('--orgs', options.orgs, 5_000);
  const month = options.month ?? lastMonth(new Date());
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new CliError(`--month takes YYYY-MM, not ${month}`, EXIT.usage);
  const summary = await generateInto({ payments, orgs, seed: options.seed, month, out: options.out }).catch((error: Error) => {
    throw new CliError(error.message);
  });
  io.out(
    options.json
      ? JSON.stringify(summary)
      : `${summary.files} files of ${summary.organizations} organizations in ${resolve(options.out)}; the right answers are in truth.csv beside them`,
  );
  return EXIT.done;
};
