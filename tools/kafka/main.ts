/**
 * One Kafka node on this machine, without Docker:
 *
 *   node dist/tools/kafka/main.js up [--dir .quadra/kafka] [--port 9092]
 *   node dist/tools/kafka/main.js status [--dir .quadra/kafka]
 *   node dist/tools/kafka/main.js down [--dir .quadra/kafka]
 *   node dist/tools/kafka/main.js prepare [--cached]
 */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { fetchJars } from './fetch';
import { findJava } from './java';
import { KAFKA_VERSION } from './jars';
import { down, isRunning, readState, up } from './node';

interface Flags {
  readonly dir: string;
  readonly port?: number;
}

const toPort = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('a port is a number from 1 to 65535');
  return port;
};

const start = async ({ dir, port }: Flags): Promise<void> => {
  const state = await up({ dir, ...(port !== undefined && { port }) });
  console.log(`Kafka ${KAFKA_VERSION} answers on 127.0.0.1:${state.port} (process ${state.pid}, folder ${dir})`);
};

const stop = async ({ dir }: Flags): Promise<void> => {
  console.log((await down(dir)) ? `Kafka has ended; its data stay in ${dir}` : `No Kafka runs in ${dir}`);
};

const status = async ({ dir }: Flags): Promise<void> => {
  const state = await readState(resolve(dir));
  const running = state !== undefined && (await isRunning(state, resolve(dir)));
  console.log(running ? `Kafka runs on 127.0.0.1:${state.port} (process ${state.pid})` : `No Kafka runs in ${dir}`);
  if (!running) process.exitCode = 1;
};

const program = new Command('kafka').description('One Kafka node on the loopback, for development and tests');
const folder = ['--dir <folder>', 'where its data are', '.quadra/kafka'] as const;
program
  .command('up')
  .description('fetches what is missing, starts it and waits until it answers')
  .option(...folder)
  .option('--port <number>', 'a free one by default, then always the same', toPort)
  .action(start);
program
  .command('down')
  .description('ends it; its data stay')
  .option(...folder)
  .action(stop);
program
  .command('status')
  .description('whether it runs; exit code 1 when not')
  .option(...folder)
  .action(status);

program
  .command('prepare')
  .description('finds Java and fetches what is missing, without starting anything; exit code 1 when Kafka cannot run here')
  .option('--cached', 'fetch nothing: say only whether everything is here')
  .action(async ({ cached }: { cached?: true }) => {
    const jars = await fetchJars({ cachedOnly: cached === true });
    console.log(`Kafka ${KAFKA_VERSION}: ${jars.length} jars, Java at ${await findJava()}`);
  });

program.parseAsync().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
