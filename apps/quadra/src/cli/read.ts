import type { HistoryEntry, PaymentDetail, ReconciliationReport } from '@quadra/read-models';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { requireFiscalCode } from './import';
import { named, word } from './language';
import { euro, table } from './money';
import { reportText } from './report-text';
import type { InstanceOptions } from './session';
import { languageOfOptions, withSession } from './session';

export interface ReadOptions extends InstanceOptions {
  readonly org: string;
}

export interface ReportOptions extends ReadOptions {
  readonly from?: string;
  readonly to?: string;
  readonly format?: string;
  readonly asOf?: string;
}

/** Prints a report: readable, as JSON, or as the CSV of the API. */
export const report = (io: Io, name: string, options: ReportOptions): Promise<number> => {
  const org = requireFiscalCode(options.org);
  const language = languageOfOptions(options);
  const path = ['organizations', org, 'reports', name];
  const period = { from: options.from, to: options.to, asOf: options.asOf };
  if (options.format !== undefined && options.format !== 'csv') throw new CliError('--format takes csv', EXIT.usage);
  if (options.format === 'csv' && options.json)
    throw new CliError('--format csv and --json exclude each other: give one of them', EXIT.usage);
  return withSession(io, options, async (client) => {
    if (options.format === 'csv') {
      io.out((await client.getText(path, { ...period, format: 'csv' })).trimEnd());
      return EXIT.done;
    }
    const found = await client.get<ReconciliationReport>(path, period);
    io.out(options.json ? JSON.stringify(found) : reportText(found, org, language));
    return EXIT.done;
  });
};

interface ShownTransfer {
  readonly issuer: string | null;
  readonly iur: string | null;
  readonly transferIndex: number;
  readonly state: string;
  readonly lane: string;
  readonly discrepancies: readonly string[];
  readonly amountCents: number;
  readonly dueOn: string;
  readonly flow?: { readonly iuf: string; readonly psp: string };
  readonly explanation: string;
}

const transferText = (t: ShownTransfer, language: 'it' | 'en'): string =>
  [
    `IUR ${t.iur ?? '-'}, ${t.transferIndex}: ${named(t.state, language)}, ${named(t.lane, language)}, ${euro(t.amountCents, language)} euro`,
    ...(t.issuer ? [`  ${word('issuer', language)} ${t.issuer}`] : []),
    `  ${word('due', language)} ${t.dueOn}`,
    ...(t.flow ? [`  ${word('flow', language)} ${t.flow.iuf} (${t.flow.psp})`] : []),
    ...(t.discrepancies.length ? [`  ${word('discrepancy', language)}: ${t.discrepancies.join(', ')}`] : []),
    `  ${t.explanation}`,
  ].join('\n');

/** Prints where a payment stands and why. */
export const payment = (io: Io, iuv: string, options: ReadOptions & { issuer?: string; asOf?: string }): Promise<number> => {
  const org = requireFiscalCode(options.org);
  const language = languageOfOptions(options);
  return withSession(io, options, async (client) => {
    const found = await client.get<PaymentDetail>(['organizations', org, 'payments', iuv], { issuer: options.issuer, asOf: options.asOf });
    const transfers = found.transfers as unknown as readonly ShownTransfer[];
    io.out(options.json ? JSON.stringify(found) : [`IUV ${found.iuv}`, ...transfers.map((t) => transferText(t, language))].join('\n'));
    return EXIT.done;
  });
};

/** Prints the life of a payment, event by event. */
export const history = (io: Io, iuv: string, options: ReadOptions): Promise<number> => {
  const org = requireFiscalCode(options.org);
  languageOfOptions(options);
  return withSession(io, options, async (client) => {
    const events: HistoryEntry[] = [];
    for await (const event of client.all<HistoryEntry>(['organizations', org, 'payments', iuv, 'history'])) events.push(event);
    const rows = events.map((e) => [
      String(e.revision),
      e.recordedAt,
      e.type,
      e.effectiveOn ?? '-',
      e.source ? `${e.source.fileId.slice(0, 12)}${e.source.line === undefined ? '' : `:${e.source.line}`}` : e.actor,
    ]);
    io.out(options.json ? JSON.stringify(events) : table([['#', 'recorded', 'event', 'effective', 'source'], ...rows], [0]));
    return EXIT.done;
  });
};
