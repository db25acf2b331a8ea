import { run, type ServerUser } from './server-user';
import type { Binaries } from './binaries';

/** PostgreSQL settings by name; values as in `postgresql.conf`, without quotes. */
export type Settings = Readonly<Record<string, string>>;

/** Fast for bulk imports on a small machine, and nothing given up of durability: an acknowledged commit is on the disk. */
const DEFAULTS: Settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  wal_buffers: '16MB',
  min_wal_size: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off', // compiling costs more than the short queries of a ledger take
  max_connections: '200',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/**
 * What no caller may change: the server answers on the loopback address, and by a socket in its data directory, which costs half as
 * much per statement. It works in that directory, so `.` names it however long its path is, and only its user can enter it.
 */
const FIXED: Settings = { listen_addresses: '127.0.0.1', logging_collector: 'off' };

/** The settings of one start, as arguments of `postgres`. They are given at each start, so a newer Quadra brings newer ones. */
export const settingArguments = (settings: Settings, hasSocket: boolean): readonly string[] =>
  Object.entries({
    ...DEFAULTS,
    ...settings,
    ...FIXED,
    unix_socket_directories: hasSocket ? '.' : '',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** `{wal_compression: 'lz4'}` when these programs were built with lz4; the other method costs more time than it saves. */
export const walCompression = async (binaries: Binaries, dir: string, cwd: string, user: ServerUser | undefined): Promise<Settings> => {
  const { code } = await run(binaries.postgres, ['-D', dir, '-c', 'wal_compression=lz4', '-C', 'wal_compression'], { user, cwd });
  return code === 0 ? { wal_compression: 'lz4' } : {};
};
