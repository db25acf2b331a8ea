import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only root copies (an ordinary user runs what it can read), so `/var/cache` comes first; the others serve a read-only root file system. */
const candidates = (): readonly string[] => ['/var/cache/quadra', '/var/tmp/quadra-0', join(tmpdir(), 'quadra-0')];

/**
 * Copies `source` once into the first cache folder where `probe` finds it usable, and answers with the place and what the probe found.
 * The name holds the version; a copy appears whole or not at all. `undefined` when no folder serves.
 */
export const copyWhereReadable = async <T>(
  source: string,
  name: string,
  probe: (folder: string) => Promise<T | undefined>,
): Promise<{ folder: string; found: T } | undefined> => {
  for (const cache of candidates()) {
    const folder = join(cache, name);
    try {
      ensureSafeFolder(cache);
      if (!existsSync(folder)) copyOnce(source, cache, folder);
      else assertSafe(folder);
    } catch {
      continue; // not writable, full, or not ours: the next one
    }
    const found = await probe(folder);
    if (found !== undefined) return { folder, found };
  }
  return undefined;
};

/** Programs run from here, so nobody else may have made it or may write to it: `/var/tmp` is open to all. */
const assertSafe = (folder: string): void => {
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.() || (stat.mode & 0o022) !== 0)
    throw new Error(`${folder} is not safe to run from`);
};

const ensureSafeFolder = (folder: string): void => {
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755); // whatever the umask
  }
  assertSafe(folder);
};

const copyOnce = (source: string, cache: string, target: string): void => {
  const fresh = mkdtempSync(join(cache, '.copy-'));
  try {
    copyTree(source, join(fresh, 'native'));
    renameSync(join(fresh, 'native'), target);
  } catch (error) {
    if (!existsSync(target)) throw error; // else another start was quicker
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
};

/** Everything readable and executable by all, whatever the umask of the installation; static libraries stay behind. */
const copyTree = (source: string, target: string): void => {
  mkdirSync(target);
  chmodSync(target, 0o755);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) copyTree(from, to);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else if (!entry.name.endsWith('.a')) {
      copyFileSync(from, to);
      chmodSync(to, 0o755);
    }
  }
};
