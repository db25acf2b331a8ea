import type { ReconciliationReport } from '@quadra/read-models';
import { named, word } from './language';
import { euro, table } from './money';

type Figure = ReconciliationReport['opening'];
type Language = 'it' | 'en';

const MOVEMENTS = ['opening', 'in', 'out', 'closing'] as const;

const section = (title: string, rows: readonly (readonly [string, Figure])[], language: Language): string => {
  const head = [title, word('transfers', language), word('amount', language)];
  const body = rows.map(([key, f]) => [key, String(f.count), euro(f.cents, language)]);
  return table([head, ...body], [1, 2]);
};

/** What the report stands on; of several organizations together there is no one such thing. */
const basis = (report: ReconciliationReport, language: Language): string[] => {
  if (report.organization === '*') return [];
  const covered = report.coverage.map(
    ({ source, seenFrom, seenUpTo, gaps }) =>
      `${word('covered', language)}: ${source} ${seenFrom} – ${seenUpTo}${gaps > 0 ? `, ${gaps} ${word('missingDays', language)}` : ''}`,
  );
  const { asOf, position, ruleSet, hash } = report;
  const [known, at, rules] = [word('asOf', language), word('position', language), word('ruleSet', language)];
  return [[`${known} ${asOf}, ${at} ${position}, ${rules} ${ruleSet}`, ...covered, `SHA-256 ${hash}`].join('\n')];
};

/** The report as an officer reads it: movement, states, lanes, discrepancies, and whether it ties. */
export const reportText = (report: ReconciliationReport, title: string, language: Language): string => {
  const shown = (figures: ReconciliationReport['states']) =>
    figures.filter((f) => f.count > 0).map((f) => [named(f.key, language), f] as const);
  const movements = [
    ...MOVEMENTS.map((key) => [word(key, language), report[key]] as const),
    [word('recorded', language), report.recorded] as const,
  ];
  const discrepancies = shown(report.discrepancies);
  const broken = report.checks.filter((check) => !check.holds).map((check) => `${word('brokenCheck', language)}: ${check.name}`);
  return [
    `${word('report', language)} ${title}, ${word('from', language)} ${report.from} ${word('to', language)} ${report.to}`,
    section(word('movement', language), movements, language),
    section(word('state', language), shown(report.states), language),
    section(word('lane', language), shown(report.lanes), language),
    discrepancies.length
      ? section(word('discrepancy', language), discrepancies, language)
      : `${word('discrepancy', language)}: ${word('none', language)}`,
    broken.length ? broken.join('\n') : word('ties', language),
    ...basis(report, language),
  ].join('\n\n');
};

const add = (a: Figure, b: Figure): Figure => ({ count: a.count + b.count, cents: a.cents + b.cents });

const merge = (lists: readonly ReconciliationReport['states'][]): ReconciliationReport['states'] => {
  const sums = new Map<string, Figure>();
  for (const { key, ...figure } of lists.flat()) sums.set(key, add(sums.get(key) ?? { count: 0, cents: 0 }, figure));
  return [...sums].map(([key, figure]) => ({ key, ...figure }));
};

/** Several reports of one period as one: every transfer belongs to one organization, so figures add up. */
export const sumReports = (reports: readonly ReconciliationReport[]): ReconciliationReport => {
  const first = reports[0];
  if (!first) throw new Error('There is no report to add up');
  const sum = (pick: (r: ReconciliationReport) => Figure): Figure => reports.map(pick).reduce(add);
  return {
    ...first,
    organization: '*',
    opening: sum((r) => r.opening),
    in: sum((r) => r.in),
    out: sum((r) => r.out),
    closing: sum((r) => r.closing),
    recorded: sum((r) => r.recorded),
    states: merge(reports.map((r) => r.states)),
    lanes: merge(reports.map((r) => r.lanes)),
    discrepancies: merge(reports.map((r) => r.discrepancies)),
    checks: reports.flatMap((r) => r.checks.map((check) => ({ ...check, name: `${r.organization}: ${check.name}` }))),
  };
};
