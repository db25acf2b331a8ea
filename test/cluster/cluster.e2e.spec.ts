import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHttp } from '../../apps/quadra/src/main';
import { acceptAll, openMonth, registerAll, settle, type Month } from '../../tools/bench/month';
import { generate } from '../../tools/generator';
import { whyNoKafka } from '../../tools/kafka';
import { alone } from '../support/alone';
import { ApiClient, formOf } from './client';
import { Cluster } from './cluster';

/** Each body gets several files a day: enough of them for every format and anomaly, and for a run of minutes. */
const [PAYMENTS, FILES] = [300, 150];
const MINUTES = 60_000;

interface Shown {
  readonly name: string;
  readonly version: number;
  readonly running: boolean;
  readonly partitions: readonly { readonly here: boolean }[];
  readonly rebuild?: { readonly phase: string; readonly equal?: boolean };
}

type Description = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const routesOf = async (url: string): Promise<string[]> => {
  const { paths } = (await (await fetch(`${url}/api/openapi.json`)).json()) as { paths: Description };
  return Object.entries(paths)
    .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
    .sort();
};

/** What one process concludes of the same files, and which routes it describes. */
const inOneProcess = (month: Month, dataDir: string): Promise<{ hashes: Record<string, string>; routes: string[] }> =>
  alone(dataDir, async (quadra) => {
    await registerAll(quadra, month);
    for (const file of month.files) await acceptAll(quadra, month, [file], 1);
    await settle(quadra);
    const server = await startHttp(quadra, { host: '127.0.0.1', port: 0, logLevel: 'silent' });
    const routes = await routesOf(server.url).finally(() => server.close());
    return { hashes: await quadra.processors.hashes(), routes };
  });

const missing = whyNoKafka();
const whenItCanRun = missing === undefined ? describe : describe.skip;
const skipped = missing === undefined ? '' : ` (SKIPPED: ${missing})`;

whenItCanRun(`${FILES} files of a month of ${PAYMENTS} payments in three services over Kafka and EventStoreDB${skipped}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'quadra-cluster-month-'));
  const cluster = new Cluster();
  const api = new ApiClient(
    () => cluster.url,
    () => cluster.key,
  );
  let month: Month;
  let expected: Record<string, string>;
  let routes: string[];

  const processors = async (): Promise<Shown[]> => (await api.ask<{ items: Shown[] }>('GET', '/processors')).items;
  const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 200));
  };

  beforeAll(async () => {
    const out = join(scratch, 'month');
    await generate({ payments: PAYMENTS, orgs: 3, seed: 'cluster', month: '2026-10', out });
    const whole = openMonth(out);
    month = { ...whole, files: whole.files.slice(0, FILES) };
    await cluster.open();
    process.env['QUADRA_SECRET'] = cluster.secret;
    ({ hashes: expected, routes } = await inOneProcess(month, join(scratch, 'standalone')));
  }, 5 * MINUTES);
  afterAll(async () => {
    delete process.env['QUADRA_SECRET'];
    await cluster.close();
    rmSync(scratch, { recursive: true, force: true });
  }, MINUTES);

  it(
    'are concluded as one process concludes it, although services are killed while they come in',
    async () => {
      const third = Math.ceil(month.files.length / 3);
      await api.register(month);
      await api.load(month, month.files.slice(0, third));
      await cluster.kill('reconciliation');
      const more = api.load(month, month.files.slice(third, 2 * third));
      await cluster.start('reconciliation');
      await more;
      const rest = api.load(month, month.files.slice(2 * third));
      await cluster.kill('projection');
      await cluster.start('projection');
      await cluster.kill('command');
      await cluster.start('command');
      await rest;
      expect(await cluster.hashes()).toEqual(expected);
    },
    5 * MINUTES,
  );

  it('are offered by the same routes, described at the one address', async () => {
    expect(await routesOf(cluster.url)).toEqual(routes);
  });

  it(
    'are equal when the read models are rebuilt from the store',
    async () => {
      for (const { name } of (await processors()).filter((p) => expected[p.name] !== undefined)) {
        await api.ask('POST', `/processors/${name}/rebuild`);
        await eventually(async () => (await processors()).find((p) => p.name === name)?.rebuild?.phase === 'done');
      }
      const rebuilt = (await processors()).filter((p) => expected[p.name] !== undefined);
      expect(rebuilt.map((p) => [p.name, p.version, p.rebuild?.equal])).toEqual(rebuilt.map((p) => [p.name, 2, true]));
      expect(await cluster.hashes()).toEqual(expected);
    },
    3 * MINUTES,
  );

  it(
    'go on being worked on when a second process takes over parts, and when it is killed',
    async () => {
      const shared = async (): Promise<number> => (await cluster.partitionsOf('matcher')).filter(({ here }) => here).length;
      expect(await shared()).toBe(cluster.partitions);
      await cluster.start('reconciliation', 'reconciliation-2');
      await eventually(async () => (await shared()) < cluster.partitions);
      const [org, name] = month.files[0]!;
      const before = await cluster.hashes();
      expect((await api.call('POST', `/organizations/${org}/files`, formOf(month, org, name))).status).toBe(200);
      await cluster.kill('reconciliation-2');
      await eventually(async () => (await shared()) === cluster.partitions);
      expect(await cluster.hashes()).toEqual(before);
    },
    3 * MINUTES,
  );
});
