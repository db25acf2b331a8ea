import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { packageRoot } from './root';

const folder = (): string => join(packageRoot(), 'dist', 'tools', 'bench');

/** The benchmarks that there are. */
const names = (): string[] =>
  existsSync(folder())
    ? readdirSync(folder())
        .filter((file) => file.endsWith('.js') && !file.startsWith('_'))
        .map((file) => file.slice(0, -3))
        .sort()
    : [];

/** Runs a benchmark in a process of its own, with the arguments after its name. */
export const bench = async (_: Io, name: string, args: readonly string[]): Promise<number> => {
  if (!names().includes(name)) throw new CliError(`There is no benchmark ${name}; there are: ${names().join(', ') || 'none'}`, EXIT.usage);
  const child = spawn(process.execPath, [join(folder(), `${name}.js`), ...args], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  return code === 0 ? EXIT.done : EXIT.failed;
};
