import type { AppendRequest, EventStore, NewEvent } from '@quadra/event-store';
import type { Keyring } from '@quadra/platform/keyring';
import { adoptSecret } from '../secret';
import type { MoveProgress } from './backup';
import { begin, finish, fill } from './course';
import { BackupUnusable } from './errors';
import type { Line } from './lines';
import { linesIn } from './lines';
import type { LogPiece, Manifest } from './manifest';
import { checkPieces, readManifest, requireSecretOf } from './manifest';
import { placeMarks, suspendWebhooks } from './public-events';
import { requeueFiles } from './requeue';
import type { Databases } from './tables';

/** The tables of the databases exist (intake and platform). */
export interface RestoreOptions extends Databases {
  /** The writer of an empty store. */
  readonly store: EventStore;
  readonly keyring: Keyring;
  readonly folder: string;
  readonly onProgress?: MoveProgress;
  /** What other parts prepare when the log is there; after a crash it may come again. */
  readonly onRestored?: () => Promise<void>;
}

/** An append of restored events is as small as most appends were. */
const GROUP = { events: 100, characters: 200_000 };
const APPENDS_AT_ONCE = 500;

/**
 * Brings a backup into an empty instance: every checksum first, then the tables, then the log in the order in which it was
 * recorded, with the ids and instants that the events had. Run again after a crash it goes on. Read models and checkpoints are
 * not touched: the processors begin at the first event when the instance starts.
 * @throws BackupUnusable, NotEmpty
 */
export const restore = async (options: RestoreOptions): Promise<Manifest> => {
  const { pool, store, keyring, folder, onProgress = () => undefined } = options;
  const { manifest, id } = await readManifest(folder);
  requireSecretOf(manifest, keyring);
  await checkPieces(folder, manifest, (done) => onProgress('files checked', done));
  const hasTables = await begin(options, store, id);
  await adoptSecret(pool, keyring);
  if (!hasTables) await fill(options, folder, manifest.tables, (table) => onProgress(table, 0));
  let done = 0;
  for (const piece of manifest.log) {
    if (!(await isThere(store, piece))) await appendPiece(store, folder, piece);
    onProgress('events', (done += piece.events));
  }
  await requeueFiles(pool, store);
  await placeMarks(pool, store, folder, manifest);
  await suspendWebhooks(pool);
  await options.onRestored?.();
  await finish(pool);
  return manifest;
};

const isThere = async (store: EventStore, { last }: LogPiece): Promise<boolean> =>
  (await store.read(last.stream, last.revision))[0]?.id === last.id;

const appendPiece = async (store: EventStore, folder: string, piece: LogPiece): Promise<void> => {
  const requests = grouped(await linesIn(folder, piece));
  for (let at = 0; at < requests.length; at += APPENDS_AT_ONCE) {
    const some = requests.slice(at, at + APPENDS_AT_ONCE);
    const results = await store.appendMany(some);
    const refused = some[results.findIndex((r) => !r.ok)];
    if (refused)
      throw new BackupUnusable(`The store holds something else than the backup in ${refused.stream} after event ${refused.expected}`);
  }
};

/** Events that followed each other in one stream and were recorded at one instant go into one append, as they probably came. */
const grouped = (lines: readonly Line[]): AppendRequest[] => {
  const requests: { stream: string; expected: number; events: NewEvent[] }[] = [];
  let open: { stream: string; recordedAt: string; events: NewEvent[]; characters: number } | undefined;
  for (const { stream, revision, id, type, data, meta } of lines) {
    const { recordedAt, ...rest } = meta;
    const event: NewEvent = { type, data: data as object, meta: rest, restored: { id, recordedAt } };
    const characters = JSON.stringify(data).length;
    const fits = open?.stream === stream && open.recordedAt === recordedAt && open.events.length < GROUP.events;
    if (open && fits && open.characters + characters <= GROUP.characters) {
      open.events.push(event);
      open.characters += characters;
      continue;
    }
    open = { stream, recordedAt, events: [event], characters };
    requests.push({ stream, expected: revision - 1, events: open.events });
  }
  return requests;
};
