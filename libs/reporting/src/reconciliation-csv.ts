import type { Figure, ReconciliationReport } from '@quadra/read-models';

/** The report as rows `section;key;count;cents`. */
export const reportCsv = (report: ReconciliationReport): string => {
  const lines = ['section;key;count;cents'];
  const line = (section: string, key: string, f: Figure) => lines.push(`${section};${key};${f.count};${f.cents}`);
  for (const key of ['opening', 'in', 'out', 'closing'] as const) line('movement', key, report[key]);
  line('recorded', 'all', report.recorded);
  for (const section of ['states', 'lanes', 'discrepancies'] as const) for (const f of report[section]) line(section, f.key, f);
  return `${lines.join('\n')}\n`;
};
