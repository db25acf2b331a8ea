import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transformSync } from '@swc/core';

const root = resolve(__dirname, '../..');
const swc = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8')) as object;

/** Compiles one folder of sources (no aliases, no subfolders) to `target`, where any user can read it and a plain node can run it. */
export const compileFolder = (source: string, target: string): string => {
  mkdirSync(target, { recursive: true, mode: 0o755 });
  for (const name of readdirSync(source).filter((n) => n.endsWith('.ts') && !n.endsWith('.spec.ts'))) {
    const { code } = transformSync(readFileSync(join(source, name), 'utf8'), { ...swc, filename: name, configFile: false, swcrc: false });
    writeFileSync(join(target, name.replace(/\.ts$/, '.js')), code, { mode: 0o644 });
  }
  return target;
};

/**
 * A folder of packages that `user` can read: the project's own, or, where it lies under a folder only root enters, a copy at `target`
 * of the named packages and of all they depend on.
 */
export const packagesFor = (user: { uid: number; gid: number } | undefined, names: readonly string[], target: string): string => {
  const own = join(root, 'node_modules');
  if (user === undefined || spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', own], { ...user, cwd: '/' }).status === 0) return own;
  for (const name of names) copyPackage(own, name, target);
  return target;
};

const copyPackage = (own: string, name: string, target: string): void => {
  if (existsSync(join(target, name)) || !existsSync(join(own, name))) return;
  cpSync(join(own, name), join(target, name), { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  const manifest = JSON.parse(readFileSync(join(own, name, 'package.json'), 'utf8')) as { dependencies?: object };
  for (const needed of Object.keys(manifest.dependencies ?? {})) copyPackage(own, needed, target);
};

export interface NodeChild {
  readonly pid: number;
  /** The next line on standard output, parsed as JSON. Rejects with what it wrote to standard error when it ends instead. */
  next<T>(): Promise<T>;
  /** One line to its standard input. */
  tell(line: string): void;
  /** Waits for its end. */
  readonly ended: Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** A node process that runs `script` (CommonJS), perhaps as another user and with another folder of packages. */
export const runNode = (
  script: string,
  args: readonly string[],
  options: { user?: { uid: number; gid: number } | undefined; packages?: string } = {},
): NodeChild => {
  const env = { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, NODE_PATH: options.packages ?? join(root, 'node_modules') };
  const child = spawn(process.execPath, ['-e', script, ...args], { ...options.user, cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'] });
  return wrap(child);
};

const wrap = (child: ChildProcess): NodeChild => {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  let [buffer, errors, over] = ['', '', false];
  const wake = (): void => waiting.splice(0).forEach((go) => go());
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (buffer + chunk.toString()).split('\n');
    buffer = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<void>((done) => child.on('close', () => ((over = true), wake(), done())));
  child.on('error', (error) => (errors += error.message));
  return {
    pid: child.pid ?? 0,
    ended,
    tell: (line) => void child.stdin?.write(`${line}\n`),
    signal: (name) => void child.kill(name),
    async next<T>(): Promise<T> {
      while (lines.length === 0 && !over) await new Promise<void>((go) => waiting.push(go));
      const line = lines.shift();
      if (line === undefined) throw new Error(`the child process ended: ${errors}`);
      return JSON.parse(line) as T;
    },
  };
};
