export { backUp, keyFileIn } from './backup';
export type { BackupOptions, MoveProgress } from './backup';
export { restore } from './restore';
export type { RestoreOptions } from './restore';
export { readManifest, requireSecretOf } from './manifest';
export type { Manifest } from './manifest';
export { BackupUnusable, NotEmpty } from './errors';
