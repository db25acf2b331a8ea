import { basename } from 'node:path';
import type { FileItem } from '@quadra/read-models';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { euro, table } from './money';
import { showProgress } from './progress';
import { rejectLines } from './rejects';
import type { InstanceOptions } from './session';
import { languageOfOptions, withSession } from './session';
import type { Taken } from './take-in';
import { findFiles, showIo, takeAllIn } from './take-in';

type Done = FileItem & Taken;

const COUNTS = ['read', 'recorded', 'unchanged', 'conflicting', 'ignored', 'rejected'] as const;

const fileTable = (files: readonly Done[], language: 'it' | 'en'): string =>
  table(
    [
      ['file', 'format', 'status', ...COUNTS, 'euro'],
      ...files.map((f) => [
        basename(f.file),
        f.format ?? '-',
        f.duplicate ? `${f.status}, known` : f.status,
        ...COUNTS.map((key) => String(f.records[key])),
        euro(f.recordedCents, language),
      ]),
    ],
    [3, 4, 5, 6, 7, 8, 9],
  );

const failures = (files: readonly Done[]): string[] =>
  files.flatMap((f) => {
    const name = basename(f.file);
    const sentence = (error: NonNullable<FileItem['error']>) =>
      `${name}${error.entry ? ` (${error.entry})` : ''}${error.line ? `, line ${error.line}` : ''}: ${error.message} (${error.code})`;
    const entries = (f.entries ?? []).flatMap((entry) => (entry.error ? [sentence({ ...entry.error, entry: entry.name })] : []));
    return f.error ? [sentence(f.error), ...entries] : entries;
  });

export const requireFiscalCode = (org: string): string => {
  if (!/^\d{11}$/.test(org)) throw new CliError(`--org takes a fiscal code of 11 digits, not ${org}`, EXIT.usage);
  return org;
};

/** Takes files in, waits until they are reconciled, prints what became of their records. */
export const importFiles = async (io: Io, paths: readonly string[], options: InstanceOptions & { org: string }): Promise<number> => {
  const org = requireFiscalCode(options.org);
  const language = languageOfOptions(options);
  const found = findFiles(paths);
  const files = found.files.map((file) => ({ org, file }));
  if (files.length === 0) throw new CliError(found.missing.join('\n') || 'There is nothing to import: the folder is empty');
  return withSession(io, options, async (client) => {
    const progress = showProgress(io, 'import', files.length * 2);
    const { done, refused } = await takeAllIn(client, files, progress).finally(() => progress.stop());
    if (options.json) io.out(JSON.stringify(done));
    else if (done.length > 0) io.out(fileTable(done, language));
    for (const file of done.filter((f) => f.records.rejected > 0)) showIo(io, await rejectLines(client, file));
    const broken = failures(done);
    const left = [...refused.map((file) => file.message), ...found.missing];
    showIo(io, [...broken, ...left]);
    if (left.length > 0 || done.some((f) => f.status === 'rejected')) return EXIT.failed;
    return broken.length > 0 || done.some((f) => f.records.rejected > 0) ? EXIT.rejected : EXIT.done;
  });
};
