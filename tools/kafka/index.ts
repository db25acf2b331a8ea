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
