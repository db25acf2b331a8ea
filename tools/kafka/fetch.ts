import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { JARS, KAFKA_VERSION } from './jars';

const run = promisify(execFile);

/** A Maven repository; another one by `QUADRA_MAVEN_MIRROR`. */
const repository = (): string => (process.env.QUADRA_MAVEN_MIRROR || 'https://repo1.maven.org/maven2').replace(/\/+$/, '');

/** Where the jars are kept between runs: `QUADRA_KAFKA_CACHE`, else beside the other caches of the checkout. */
const cacheFolder = (): string => resolve(process.env.QUADRA_KAFKA_CACHE || join('node_modules', '.cache', 'quadra-kafka', KAFKA_VERSION));

const AT_ONCE = 6;
const DOWNLOAD_MS = 120_000;

/** Thrown when a jar cannot be had, or is not the one that was expected. */
export class KafkaUnavailable extends Error {}

const verified = (path: string, content: Buffer): Buffer => {
  const digest = createHash('sha256').update(content).digest('hex');
  if (digest !== JARS[path]) throw new KafkaUnavailable(`${path} has the SHA-256 ${digest}, expected was ${JARS[path]}`);
  return content;
};

/** The cause that `fetch` hides behind its own message. */
const reasonOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message);

const download = async (path: string): Promise<Buffer> => {
  const url = `${repository()}/${path}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw new KafkaUnavailable(`${url} cannot be fetched: ${reasonOf(error as Error)}`);
  }
};

/** `g/r/o/u/p/artifact/version/artifact-version.jar` as `g.r.o.u.p:artifact:version`. */
const coordinates = (path: string): string => {
  const parts = path.split('/');
  return `${parts.slice(0, -3).join('.')}:${parts.at(-3)}:${parts.at(-2)}`;
};

/** Maven knows proxies and mirrors of its user that a plain request does not. */
const downloadByMaven = async (path: string, folder: string): Promise<Buffer> => {
  const scratch = await mkdtemp(join(folder, 'maven-'));
  try {
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get';
    await run('mvn', ['-q', '-B', goal, `-Dartifact=${coordinates(path)}`, '-Dtransitive=false', `-Dmaven.repo.local=${scratch}`]);
    return await readFile(join(scratch, path));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const keep = async (file: string, content: Buffer): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, content);
  await rename(partial, file);
};

const ensure = async (path: string, folder: string, cachedOnly: boolean): Promise<string> => {
  const file = join(folder, path.slice(path.lastIndexOf('/') + 1));
  const cached = await readFile(file).catch(() => undefined);
  if (cached && createHash('sha256').update(cached).digest('hex') === JARS[path]) return file;
  if (cachedOnly) throw new KafkaUnavailable('the jars of Kafka are not here: node dist/tools/kafka/main.js prepare');
  const content = await download(path).catch((plain: unknown) =>
    downloadByMaven(path, folder).catch(() => {
      throw plain;
    }),
  );
  await keep(file, verified(path, content));
  return file;
};

/**
 * The jars of the broker on this machine: those that are missing are fetched (unless `cachedOnly`), each is compared with its
 * SHA-256.
 * @throws KafkaUnavailable when one is missing, cannot be fetched or differs.
 */
export const fetchJars = async ({ folder = cacheFolder(), cachedOnly = false } = {}): Promise<string[]> => {
  await mkdir(folder, { recursive: true });
  const paths = Object.keys(JARS);
  const files: string[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < paths.length; at = next++) files[at] = await ensure(paths[at]!, folder, cachedOnly);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return files;
};
