import { basename } from 'node:path';
import type { FileItem } from '@quadra/read-models';
import { parse } from 'papaparse';
import type { Client } from './client';
import type { Taken } from './take-in';

const SHOWN_REJECTS = 5;

/** What keeps a spreadsheet from calculating is not part of the text. */
const FORMULA_GUARD = /^'(?=[=+\-@\t\r])/;

/** A cell as a person reads it, on one line. */
const plain = (cell: string): string => cell.replace(FORMULA_GUARD, '').replace(/\p{Cc}+/gu, ' ');

/** A sentence for each of the first rejected records in the CSV of a file, and one for how many more there are. */
export const rejectSentences = (name: string, csv: string, rejected: number): string[] => {
  const [header = [], ...rows] = parse<string[]>(csv, {
    delimiter: ';',
    newline: '\r\n',
    preview: 1 + SHOWN_REJECTS,
    skipEmptyLines: true,
  }).data;
  const zipped = header[0] === 'entry';
  const lines = rows.map((row) => {
    const [entry, line, field, code, message = ''] = (zipped ? row : ['', ...row]).map(plain);
    return `${name}${zipped ? ` (${entry})` : ''}, line ${line}, field ${field}: ${message} (${code})`;
  });
  return rejected > SHOWN_REJECTS ? [...lines, `${name}: ${rejected - SHOWN_REJECTS} more rejected records`] : lines;
};

/** The first rejected records of a file, a sentence each. */
export const rejectLines = async (client: Client, { org, fileId, file, records }: FileItem & Taken): Promise<string[]> =>
  rejectSentences(basename(file), await client.getText(['organizations', org, 'files', fileId, 'rejects']), records.rejected);
