import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KafkaUnavailable } from './fetch';

const run = promisify(execFile);
const LEAST = 17;

/**
 * Small reservations, so that the virtual machine also starts where address space is limited, and one collector thread: the
 * defaults take a quarter of the memory and one gigabyte of addresses for classes alone.
 */
export const JAVA_FLAGS = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:CompressedClassSpaceSize=64m',
  '-XX:ReservedCodeCacheSize=96m',
  '-XX:TieredStopAtLevel=1',
];

/** The environment without flags for other Java programs: one that does not fit these ends the machine before it starts. */
export const javaEnvironment = (): NodeJS.ProcessEnv => {
  const { JAVA_TOOL_OPTIONS: _tool, _JAVA_OPTIONS: _options, JDK_JAVA_OPTIONS: _jdk, ...rest } = process.env;
  return rest;
};

const candidates = async (): Promise<string[]> => {
  const home = process.env.JAVA_HOME;
  const installed = await readdir('/usr/lib/jvm').catch(() => [] as string[]);
  return [
    ...(home ? [join(home, 'bin', 'java')] : []),
    'java',
    ...installed.sort().map((name) => join('/usr/lib/jvm', name, 'bin', 'java')),
  ];
};

/**
 * The first Java of at least 17 that starts: of `JAVA_HOME`, of the path, of the usual folder.
 * @throws KafkaUnavailable with what each of them answered.
 */
export const findJava = async (): Promise<string> => {
  const answers: string[] = [];
  for (const java of await candidates()) {
    try {
      const { stderr, stdout } = await run(java, [...JAVA_FLAGS, '-version'], { env: javaEnvironment() });
      const version = Number(/version "(\d+)/.exec(stderr + stdout)?.[1] ?? 0);
      if (version >= LEAST) return java;
      answers.push(`${java} is version ${version}`);
    } catch (error) {
      answers.push(`${java}: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`);
    }
  }
  throw new KafkaUnavailable(`Kafka needs Java ${LEAST} or later; ${answers.join('; ')}`);
};
