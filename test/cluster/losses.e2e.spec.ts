import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PartStatus } from '@quadra/processing';
import type { Run } from '../../apps/command/src/integrity';
import { acceptAll, openMonth, registerAll, settle, type Month } from '../../tools/bench/month';
import { generate } from '../../tools/generator';
import { whyNoKafka } from '../../tools/kafka';
import { alone } from '../support/alone';
import { ApiClient } from './client';
import { Cluster } from './cluster';

const PAYMENTS = 120;
const MINUTES = 60_000;

/** What one process concludes of the first files of the month, so many at a time. */
const inOneProcess = (month: Month, dataDir: string, upTo: readonly number[]): Promise<Record<string, string>[]> =>
  alone(dataDir, async (quadra) => {
    const hashes: Record<string, string>[] = [];
    await registerAll(quadra, month);
    let done = 0;
    for (const end of upTo) {
      for (const file of month.files.slice(done, end)) await acceptAll(quadra, month, [file], 1);
      await settle(quadra);
      hashes.push(await quadra.processors.hashes());
      done = end;
    }
    return hashes;
  });

const missing = whyNoKafka();
const whenItCanRun = missing === undefined ? describe : describe.skip;
const skipped = missing === undefined ? '' : ` (SKIPPED: ${missing})`;

whenItCanRun(`a cluster that is spread out, and loses what can be made again${skipped}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'quadra-losses-'));
  const cluster = new Cluster();
  const api = new ApiClient(
    () => cluster.url,
    () => cluster.key,
  );
  let month: Month;
  let ends: number[];
  let expected: Record<string, string>[];

  /** Loads the files of a third of the month and waits until everything that follows from them can be read. */
  const load = (third: number): Promise<void> => api.load(month, month.files.slice(ends[third - 1] ?? 0, ends[third]));
  const parts = async (): Promise<readonly PartStatus[]> => cluster.partitionsOf('matcher');
  const untilRead = async (look: () => Promise<Run<unknown>>): Promise<Run<unknown>> => {
    for (let run = await look(); ; run = await look()) {
      if (run.phase !== 'reading') return run;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  /** The history beside its seals. */
  const verification = async (): Promise<unknown> => {
    await api.ask('POST', '/integrity/verifications', {});
    return untilRead(async () => (await api.ask<{ verification: Run<unknown> }>('GET', '/integrity')).verification);
  };
  /** The topic of events beside the store. */
  const comparison = async (): Promise<unknown> => {
    await api.ask('POST', '/audit/topic');
    const run = await untilRead(async () => (await api.ask<{ comparison: Run<unknown> }>('GET', '/audit/topic')).comparison);
    return run.phase === 'done' ? run.result : run;
  };

  beforeAll(async () => {
    const out = join(scratch, 'month');
    await generate({ payments: PAYMENTS, orgs: 3, seed: 'losses', month: '2026-09', out });
    month = openMonth(out);
    const third = Math.ceil(month.files.length / 3);
    ends = [third, 2 * third, month.files.length];
    await cluster.open();
    process.env['QUADRA_SECRET'] = cluster.secret;
    expected = await inOneProcess(month, join(scratch, 'standalone'), ends);
  }, 5 * MINUTES);
  afterAll(async () => {
    delete process.env['QUADRA_SECRET'];
    await cluster.close();
    rmSync(scratch, { recursive: true, force: true });
  }, MINUTES);

  it(
    'concludes the same with two processes of each service behind one address',
    async () => {
      for (const service of ['command', 'reconciliation', 'projection'] as const) await cluster.startBeside(service);
      await api.register(month);
      await load(0);
      expect(await cluster.hashes()).toEqual(expected[0]);
      expect((await parts()).filter(({ here }) => here).length).toBeLessThan(cluster.partitions);
      // Begun in one process, asked for in the other.
      const verified = await verification();
      expect(verified).toMatchObject({ phase: 'done', result: { unsealed: expect.any(Number) as number } });
      expect(verified).not.toHaveProperty('result.finding');
      expect(await comparison()).toMatchObject({ missing: 0, changed: 0, unknown: 0, outOfOrder: 0, holes: 0, unreadable: 0 });
    },
    3 * MINUTES,
  );

  it(
    'fills the topics again from the store when Kafka has lost everything',
    async () => {
      await cluster.kill('command');
      await cluster.kill('command-2');
      await cluster.emptyKafka();
      await cluster.start('command');
      cluster.forget('command');
      await load(1);
      expect(await cluster.hashes()).toEqual(expected[1]);
      expect(await comparison()).toMatchObject({ missing: 0, changed: 0, unknown: 0, outOfOrder: 0, holes: 0, unreadable: 0 });
    },
    3 * MINUTES,
  );

  it(
    'makes what was concluded and shown again from the history when its tables are lost',
    async () => {
      for (const name of ['reconciliation', 'reconciliation-2', 'projection', 'projection-2']) await cluster.kill(name);
      await cluster.withPool((pool) => pool.query('drop schema read cascade; drop schema reconciliation cascade'));
      for (const service of ['reconciliation', 'projection'] as const) {
        cluster.forget(service);
        await cluster.start(service);
      }
      await load(2);
      expect(await cluster.hashes()).toEqual(expected[2]);
    },
    3 * MINUTES,
  );
});
