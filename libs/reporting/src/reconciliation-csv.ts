import type { Figure, ReconciliationReport } from '@quadra/read-models';

/** What a report stands on: where it was read, what judged, what was loaded, and the hash that proves its content. */
const basis = (report: ReconciliationReport): [key: string, text: string][] => [
  ...(['organization', 'from', 'to', 'position', 'asOf', 'today', 'ruleSet'] as const).map((key): [string, string] => [key, report[key]]),
  ...report.coverage.map(({ source, seenFrom, seenUpTo, gaps }): [string, string] => [
    `coverage ${source}`,
    `${seenFrom} to ${seenUpTo}, ${gaps} bank days missing`,
  ]),
  ['hash', report.hash],
];

/** The report as rows `section;key;count;cents;text`: figures have no text, what it stands on has nothing else. */
export const reportCsv = (report: ReconciliationReport): string => {
  const lines = ['section;key;count;cents;text'];
  const line = (section: string, key: string, f: Figure) => lines.push(`${section};${key};${f.count};${f.cents};`);
  for (const key of ['opening', 'in', 'out', 'closing'] as const) line('movement', key, report[key]);
  line('recorded', 'all', report.recorded);
  for (const section of ['states', 'lanes', 'discrepancies'] as const) for (const f of report[section]) line(section, f.key, f);
  for (const [key, text] of basis(report)) lines.push(`report;${key};;;${text}`);
  return `${lines.join('\n')}\n`;
};
