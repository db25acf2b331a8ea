import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { down, remove, type StartOptions, up } from './node';

export { KafkaUnavailable } from './fetch';
export { KAFKA_VERSION } from './jars';
export { findJava } from './java';
export type { StartOptions } from './node';
export { freePort } from './ports';

/** A broker of this machine, held by a test. */
export interface LocalKafka {
  /** What clients are given: `host:port`. */
  readonly brokers: readonly string[];
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Ends it in order; its data stay. */
  stop(): Promise<void>;
  /** Starts it again on the same data and the same port. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/**
 * Starts one node on the loopback and waits until it answers.
 * @throws KafkaUnavailable when Java 17 or the jars cannot be had: a test that needs it says so in its name and is skipped.
 */
export const startKafka = async (options: StartOptions): Promise<LocalKafka> => {
  const { port } = await up(options);
  return {
    brokers: [`127.0.0.1:${port}`],
    kill: async () => void (await down(options.dir, 'SIGKILL')),
    stop: async () => void (await down(options.dir)),
    restart: async () => void (await up({ ...options, port })),
    remove: async () => {
      await down(options.dir, 'SIGKILL');
      await remove(options.dir);
    },
  };
};

const COMMAND = resolve(__dirname, '../../dist/tools/kafka/main.js');
const COMPILED = resolve(__dirname, 'main.js');
const CHECK_MS = 60_000;

/**
 * Why tests can start no broker on this machine; undefined when they can. Asked before tests are named, so it does not wait for
 * a promise; fetches nothing, since a test that loads from the network surprises.
 */
export const whyNoKafka = (): string | undefined => {
  const command = existsSync(COMPILED) ? COMPILED : COMMAND;
  if (!existsSync(command)) return 'nothing is compiled: npm run build';
  const { status, stderr } = spawnSync(process.execPath, [command, 'prepare', '--cached'], { encoding: 'utf8', timeout: CHECK_MS });
  return status === 0 ? undefined : stderr.trim().split('\n')[0] || 'Java 17 or the jars of Kafka are not here';
};
