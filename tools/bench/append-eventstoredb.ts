import { NO_STREAM, openEventStoreDb } from '@quadra/event-store';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { appendAll, request, ROUNDS, timed } from './append-work';

/** Four of them are in flight: as many events as the bare client has. */
const SLICE = 128;

/** Programs of the tests, run and not imported: the double, and the client without an adapter. Each has a process of its own. */
const program = (name: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [resolve(__dirname, '../../test/support/eventstoredb', `${name}.js`), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });

/** Calls a program line by line. */
const talker = (child: ChildProcess): ((line?: string) => Promise<string>) => {
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async (line) => {
    if (line !== undefined) child.stdin!.write(`${line}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('a program of the benchmark ended early');
    return value;
  };
};

const end = async (child: ChildProcess): Promise<void> => {
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
};

/**
 * One event to each of many new streams, through the adapter and through the bare client in turn, so that a neighbour's load falls on both.
 * Without a `url` the server is the double.
 */
export const benchEventStoreDb = async (url: string | undefined, total: number): Promise<void> => {
  const double = url === undefined ? program('serve') : undefined;
  const connectionString = url ?? (JSON.parse(await talker(double!)()) as { url: string }).url;
  const bare = program('raw-append', connectionString);
  const ask = talker(bare);
  const store = await openEventStoreDb({ connectionString });
  const size = Math.floor(total / ROUNDS);
  const offset = Date.now() * 1_000; // a named server may hold the streams of an earlier run
  const adapter = (first: number, count: number): Promise<void> =>
    appendAll(store, count, (n) => request(offset + first + n, NO_STREAM, 1), SLICE);
  try {
    await adapter(0, size);
    await ask(`${offset} ${size}`);
    let [mine, raw] = [0, 0];
    for (let round = 1; round <= ROUNDS; round++) {
      mine += await timed(() => adapter(round * size, size));
      raw += Number(await ask(`${offset + round * size} ${size}`));
    }
    const rate = (seconds: number): string => Math.round((size * ROUNDS) / seconds).toLocaleString('en');
    const server = double ? 'the double, a server that does no work' : 'the named server';
    console.log(
      `EventStoreDB (${server}): 1 event to each of many new streams: ${rate(mine)} events/s, bare client ${rate(raw)}, ratio ${(raw / mine).toFixed(2)}`,
    );
  } finally {
    await store.close();
    await Promise.all([end(bare), double && end(double)]);
  }
};
