import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { collect, fact, freshStream, request } from '../../contract';
import { NO_STREAM } from '../../port';
import { openEventStoreDb } from './store';

const program = (name: string): string => resolve(__dirname, `../../../../../dist/test/support/eventstoredb/${name}.js`);

/** The double in a process of its own; resolves when it takes connections. */
const serve = async (...args: string[]): Promise<{ child: ChildProcess; url: string }> => {
  const child = spawn(process.execPath, [program('serve'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return { child, url: (JSON.parse(value as string) as { url: string }).url };
};

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
};

describe('a process that appends to EventStoreDB (the double of the tests)', () => {
  it('lives on when connections break under load: every append is answered, written and delivered once', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [program('under-fire')], { timeout: 200_000 });
    const result = JSON.parse(stdout) as { cuts: number };
    expect(result).toEqual({ answered: 500, written: 500, delivered: 500, cuts: result.cuts });
    expect(result.cuts).toBeGreaterThanOrEqual(7);
  }, 210_000);

  it('goes on with the server that was killed and came back: what was answered is there, what was in flight is written once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quadra-eventstoredb-'));
    const file = join(folder, 'log');
    let { child, url } = await serve('--file', file);
    const store = await openEventStoreDb({ connectionString: url, patienceMs: 60_000, maxInFlight: 20 });
    try {
      const names = Array.from({ length: 300 }, () => freshStream());
      const first = store.append(request(names[0]!, NO_STREAM, fact(0)));
      const all = store.appendMany(names.slice(1).map((name) => request(name, NO_STREAM, fact(name))));
      await first;
      await kill(child);
      ({ child, url } = await serve('--file', file, '--port', new URL(url.replace('esdb:', 'http:')).port));
      expect((await all).every((answer) => answer.ok)).toBe(true);
      const { events } = await collect(store, 0n, { upTo: await store.head(), batchSize: 100 });
      expect(events.map((e) => e.stream).sort()).toEqual([...names].sort());
    } finally {
      await store.close();
      await kill(child);
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});
