import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { fetchJars, KafkaUnavailable } from './fetch';
import { findJava, JAVA_FLAGS, javaEnvironment } from './java';
import { answers, freePort } from './ports';

const run = promisify(execFile);
const START_MS = 90_000;
const STOP_MS = 30_000;
const LOOK_MS = 150;

/** What is written into the folder of a node, so that a later command finds it. */
export interface NodeState {
  readonly pid: number;
  readonly port: number;
  readonly controllerPort: number;
}

export interface StartOptions {
  /** The folder of the node: its data, its settings, its log and its state. */
  readonly dir: string;
  /** The port on the loopback; where the folder has one already that one, else a free one. */
  readonly port?: number;
  /** Further listeners on the loopback: name and port; `properties` say how they are protected. */
  readonly listeners?: Readonly<Record<string, number>>;
  /** Settings of the broker beyond those of this tool (or instead of them). */
  readonly properties?: Readonly<Record<string, string>>;
}

const stateFile = (dir: string): string => join(dir, 'kafka.json');
const propertiesFile = (dir: string): string => join(dir, 'server.properties');
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export const readState = async (dir: string): Promise<NodeState | undefined> => {
  const text = await readFile(stateFile(dir), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as NodeState);
};

/** Whether the process of the state still runs and is this node: a process id may have gone to another program. */
export const isRunning = async ({ pid }: NodeState, dir: string): Promise<boolean> => {
  const { stdout } = await run('ps', ['-ww', '-o', 'stat=,args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return !stdout.startsWith('Z') && stdout.includes(propertiesFile(dir));
};

/** One node that is broker and controller; small, loopback only, no topic made by accident. */
const settings = (dir: string, port: number, controllerPort: number, { listeners, properties }: StartOptions): string => {
  const addresses = Object.entries({ PLAINTEXT: port, ...listeners }).map(([name, at]) => `${name}://127.0.0.1:${at}`);
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...addresses, `CONTROLLER://127.0.0.1:${controllerPort}`].join(),
    'advertised.listeners': addresses.join(),
    'log.dirs': join(dir, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'log.cleaner.dedupe.buffer.size': '16777216',
    ...properties,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
};

const format = async (java: string, classPath: string, dir: string): Promise<void> => {
  if (await access(join(dir, 'data', 'meta.properties')).then(() => true, () => false)) return; // prettier-ignore
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  const args = [...JAVA_FLAGS, '-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', propertiesFile(dir)];
  await run(java, args, { env: javaEnvironment() });
};

const lastLines = async (file: string): Promise<string> =>
  (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').slice(-15).join('\n');

const untilAnswers = async (state: NodeState, dir: string): Promise<void> => {
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(LOOK_MS)) {
    if (await answers(state.port)) return;
    if (!(await isRunning(state, dir))) break;
  }
  throw new KafkaUnavailable(`Kafka did not start; the end of ${join(dir, 'kafka.log')}:\n${await lastLines(join(dir, 'kafka.log'))}`);
};

const launch = (java: string, classPath: string, dir: string): number => {
  const log = openSync(join(dir, 'kafka.log'), 'a');
  const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'];
  const child = spawn(java, [...JAVA_FLAGS, ...quiet, '-cp', classPath, 'kafka.Kafka', propertiesFile(dir)], {
    detached: true,
    stdio: ['ignore', log, log],
    env: javaEnvironment(),
  });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new KafkaUnavailable(`${java} cannot be started`);
  return child.pid;
};

/**
 * Starts the node of a folder and waits until it answers; a node that runs already is left alone.
 * @throws KafkaUnavailable when Java or the jars are missing, or the broker does not start.
 */
export const up = async (options: StartOptions): Promise<NodeState> => {
  const dir = resolve(options.dir);
  const before = await readState(dir);
  if (before && (await isRunning(before, dir))) {
    if (options.port === undefined || options.port === before.port) return before;
    throw new KafkaUnavailable(`The node in ${dir} runs on port ${before.port}; end it before it moves to ${options.port}`);
  }
  const [java, jars] = [await findJava(), await fetchJars()];
  const classPath = jars.join(delimiter);
  await mkdir(dir, { recursive: true });
  const port = options.port ?? before?.port ?? (await freePort());
  const controllerPort = before?.controllerPort ?? (await freePort());
  await writeFile(propertiesFile(dir), settings(dir, port, controllerPort, options));
  await format(java, classPath, dir);
  const state = { pid: launch(java, classPath, dir), port, controllerPort };
  await writeFile(stateFile(dir), JSON.stringify(state));
  await untilAnswers(state, dir);
  return state;
};

const untilGone = async (state: NodeState, dir: string, withinMs: number): Promise<boolean> => {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(LOOK_MS)) if (!(await isRunning(state, dir))) return true;
  return false;
};

/** Ends the node of a folder and keeps its data. `how` is the signal; one that does not end in time is killed. */
export const down = async (folder: string, how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<boolean> => {
  const dir = resolve(folder);
  const state = await readState(dir);
  if (!state || !(await isRunning(state, dir))) return false;
  process.kill(state.pid, how);
  if (await untilGone(state, dir, STOP_MS)) return true;
  process.kill(state.pid, 'SIGKILL');
  return untilGone(state, dir, STOP_MS);
};

/** Removes the folder of a node that was ended. */
export const remove = (dir: string): Promise<void> => rm(dir, { recursive: true, force: true });
