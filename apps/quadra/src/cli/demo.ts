import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page, ReconciliationReport, TransferItem } from '@quadra/read-models';
import { generate } from '../../../../tools/generator';
import { Client } from './client';
import { lastMonth, wholeNumber } from './generate';
import type { Io } from './io';
import { EXIT } from './io';
import { word } from './language';
import { euro, table } from './money';
import { showProgress } from './progress';
import { reportText, sumReports } from './report-text';
import type { InstanceOptions } from './session';
import { languageOfOptions, openOwn, refuseUrl, settingsOf } from './session';
import { serve } from './start';
import { expandFiles, takeAllIn } from './take-in';

export interface DemoOptions extends InstanceOptions {
  readonly once?: boolean;
  readonly payments?: string;
}

interface Body {
  readonly fiscalCode: string;
  readonly name: string;
  readonly settings: object;
}

const ORGANIZATIONS = 5;

/** Names what each step is and how long it took. */
class Stopwatch {
  readonly laps: [string, number][] = [];

  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.laps.push([what, (performance.now() - started) / 1000]);
    }
  }
}

const register = async (client: Client, bodies: readonly Body[]): Promise<void> => {
  for (const { fiscalCode, name, settings } of bodies) {
    await client.send('POST', ['organizations'], { fiscalCode, name });
    await client.send('PATCH', ['organizations', fiscalCode], settings);
  }
};

const importAll = async (io: Io, client: Client, bodies: readonly Body[], folder: string): Promise<number> => {
  const files = bodies.flatMap(({ fiscalCode }) => expandFiles([join(folder, fiscalCode)]).map((file) => ({ org: fiscalCode, file })));
  const progress = showProgress(io, 'import and reconcile', files.length * 2);
  const { done, refused } = await takeAllIn(client, files, progress).finally(() => progress.stop());
  if (refused[0]) throw refused[0];
  return done.reduce((sum, f) => sum + f.records.read, 0);
};

interface Explained {
  readonly transfers: readonly { readonly iur: string | null; readonly transferIndex: number; readonly explanation: string }[];
}

/** One transfer of each discrepancy, with the sentence that explains it. */
const examples = async (client: Client, reports: readonly ReconciliationReport[]): Promise<string[][]> => {
  const found: string[][] = [];
  for (const { key } of sumReports(reports).discrepancies) {
    const org = reports.find((r) => r.discrepancies.some((d) => d.key === key && d.count > 0))?.organization;
    if (org === undefined) continue;
    const page = await client.get<Page<TransferItem>>(['organizations', org, 'payments'], { discrepancy: key, limit: 1 });
    const [item] = page.items;
    if (!item) continue;
    const issuer = item.issuer === null ? {} : { issuer: item.issuer };
    const { transfers } = await client.get<Explained>(['organizations', org, 'payments', item.iuv], issuer);
    const transfer = transfers.find((t) => t.iur === item.iur && t.transferIndex === item.transferIndex) ?? transfers[0];
    found.push([key, `IUV ${item.iuv}`, `${euro(item.amountCents, client.language)}`, transfer?.explanation ?? '']);
  }
  return found;
};

/** The last day on which the month's money may still come: the report ends there. */
const periodOf = (month: string, today: string): { from: string; to: string } => {
  const end = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 10)).toISOString().slice(0, 10);
  return { from: `${month}-01`, to: end < today ? end : today };
};

const printResult = async (
  io: Io,
  client: Client,
  bodies: readonly Body[],
  month: string,
  watch: Stopwatch,
  json: boolean,
): Promise<void> => {
  const { language } = client;
  const period = periodOf(month, new Date().toISOString().slice(0, 10));
  const reports = await watch.time('report', () =>
    Promise.all(bodies.map((b) => client.get<ReconciliationReport>(['organizations', b.fiscalCode, 'reports', 'reconciliation'], period))),
  );
  const all = sumReports(reports);
  const samples = await examples(client, reports);
  if (json) {
    io.out(JSON.stringify({ month, organizations: reports, all, seconds: Object.fromEntries(watch.laps) }));
    return;
  }
  bodies.forEach((body, i) => io.out(`${reportText(reports[i]!, `${body.name} (${body.fiscalCode})`, language)}\n`));
  io.out(`${reportText(all, word('all', language), language)}\n`);
  io.out(`${word('examples', language)}\n${table(samples, [2])}\n`);
  io.out(
    `${word('time', language)}\n${table(
      watch.laps.map(([what, seconds]) => [what, `${seconds.toFixed(1)} s`]),
      [1],
    )}`,
  );
};

/**
 * The main job on sample data: a month of several organizations is made, imported, reconciled and reported. Without `--data` it
 * lives in a folder of its own that goes away with it, so it never meets real data.
 */
export const demo = async (io: Io, options: DemoOptions): Promise<number> => {
  refuseUrl(options);
  const payments = wholeNumber('--payments', options.payments ?? '3000', 10_000_000);
  const language = languageOfOptions(options);
  const scratch = mkdtempSync(join(tmpdir(), 'quadra-demo-'));
  const settings = settingsOf(io, { ...options, data: options.data ?? join(scratch, 'data') });
  const watch = new Stopwatch();
  const month = lastMonth(new Date());
  try {
    const folder = join(scratch, 'files');
    io.say(`Making ${payments} payments of ${ORGANIZATIONS} organizations in ${month}`);
    await watch.time('make the sample files', () => generate({ payments, orgs: ORGANIZATIONS, seed: 'demo', month, out: folder }));
    const bodies = JSON.parse(readFileSync(join(folder, 'organizations.json'), 'utf8')) as Body[];
    io.say('Starting the standalone profile');
    const port = options.once ? 0 : settings.port;
    const own = await watch.time('start', () => openOwn(io, { ...settings, port, rateLimit: 0, databaseUrl: '' }));
    try {
      const client = new Client(own.server.url, own.key, language);
      await register(client, bodies);
      const records = await watch.time('import and reconcile', () => importAll(io, client, bodies, folder));
      io.say(`${records} records read and reconciled`);
      await printResult(io, client, bodies, month, watch, options.json === true);
      if (options.once) return EXIT.done;
      io.say(`\nThe API serves at ${own.server.url} (${own.server.url}/api/docs), with the key ${own.key}\nStop it with Ctrl+C`);
      await serve(io, own, settings.dataDir);
    } finally {
      await own.close();
    }
    return EXIT.done;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};
