import { basename } from 'node:path';
import { toOrg } from '@quadra/kernel';
import type { OneShotProblem, OneShotResult } from '../one-shot';
import { reconcileFiles } from '../one-shot';
import { requireFiscalCode } from './import';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { named, word } from './language';
import { euro, table } from './money';
import { showProgress } from './progress';
import type { InstanceOptions } from './session';
import { languageOfOptions } from './session';
import { expandFiles } from './take-in';

export interface ReconcileOptions extends Pick<InstanceOptions, 'json' | 'lang'> {
  readonly org: string;
  readonly out?: string;
  readonly notifications?: boolean;
}

const SHOWN_PROBLEMS = 20;

const problemLine = (p: OneShotProblem): string =>
  `${basename(p.file)}${p.entry ? ` (${p.entry})` : ''}${p.line ? `, line ${p.line}` : ''}${p.field ? `, field ${p.field}` : ''}: ${p.message} (${p.code})`;

const resultText = (result: OneShotResult, language: 'it' | 'en'): string => {
  const states = Object.entries(result.states).map(([state, f]) => [named(state, language), String(f.count), euro(f.cents, language)]);
  const discrepancies = Object.entries(result.discrepancies).map(([code, count]) => [code, String(count)]);
  return [
    table([[word('state', language), word('transfers', language), word('amount', language)], ...states], [1, 2]),
    discrepancies.length
      ? table([[word('discrepancy', language), word('transfers', language)], ...discrepancies], [1])
      : `${word('discrepancy', language)}: ${word('none', language)}`,
  ].join('\n\n');
};

/** Matches files once, without a database, and keeps nothing but the lines of `--out`. */
export const reconcile = async (io: Io, paths: readonly string[], options: ReconcileOptions): Promise<number> => {
  const org = toOrg(requireFiscalCode(options.org));
  const language = languageOfOptions(options);
  const files = expandFiles(paths);
  const progress = showProgress(io, 'reconcile', files.length);
  let done = 0;
  const result = await reconcileFiles({
    org,
    files,
    ...(options.out !== undefined && { out: options.out }),
    ...(options.notifications && { usesNotifications: true }),
    onProgress: ({ file, records }) => progress.update(++done, `${basename(file)}, ${records} records`),
  })
    .catch((error: unknown) => {
      const { code, path } = error as NodeJS.ErrnoException;
      throw code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR'
        ? new CliError(`${path ?? options.out} cannot be written (${code})`)
        : error;
    })
    .finally(() => progress.stop());
  io.out(options.json ? JSON.stringify(result) : resultText(result, language));
  result.problems.slice(0, SHOWN_PROBLEMS).forEach((p) => io.say(problemLine(p)));
  if (result.problems.length > SHOWN_PROBLEMS) io.say(`${result.problems.length - SHOWN_PROBLEMS} more problems`);
  return result.problems.length > 0 ? EXIT.rejected : EXIT.done;
};
