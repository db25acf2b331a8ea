import type { FileFormat, ImportFile, ImportFileEvent } from '@quadra/domain';
import { NO_FILE, decideImportFile, evolveImportFile, fileIdOf, importFileStream } from '@quadra/domain';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import { NO_STREAM } from '@quadra/event-store';
import type { OrgId } from '@quadra/kernel';
import type { BlobStore } from './blob-store';
import { BlobUnavailable } from './errors';
import type { FileRow, FileRowStatus, FileTable } from './file-table';

export interface IncomingFile {
  /** As the sender calls it: for display only. */
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
  readonly requestedFormat?: FileFormat;
  readonly actor: string;
  readonly correlationId: string;
}

export interface Acceptance {
  readonly fileId: string;
  readonly status: FileRowStatus;
  /** The same bytes were here already, and were neither rejected nor taken back. */
  readonly duplicate: boolean;
  /** Of the last event of the file: what a reader waits for. */
  readonly position: bigint;
}

const MAX_NAME = 255;

/** A name for display: no control or direction characters, no path, at most 255 characters. */
export const displayName = (name: string): string => {
  const last = name
    .replace(/[\p{Cc}\p{Cf}\p{Surrogate}]/gu, '')
    .split(/[/\\]/)
    .at(-1)!
    .trim();
  return (
    [...last]
      .slice(0, MAX_NAME)
      .join('')
      .slice(0, MAX_NAME)
      .replace(/\p{Surrogate}/gu, '') || 'file'
  );
};

export interface FileLife extends ImportFile {
  readonly position: bigint;
}

/** What the events of a file say, and where they end. */
export const foldLife = (events: readonly StoredEvent[]): FileLife => {
  const life = events.reduce((file, event) => evolveImportFile(file, event as unknown as ImportFileEvent), NO_FILE);
  return { ...life, position: events.at(-1)?.position ?? 0n };
};

/** What the stream of a file says, and where it ends. */
export const lifeOf = async (store: EventStore, org: OrgId, fileId: string): Promise<FileLife> =>
  foldLife(await store.read(importFileStream(org, fileId)));

/** The same of several files of an organization, by file id. */
export const livesOf = async (
  store: EventStore,
  org: OrgId,
  files: readonly { readonly fileId: string }[],
): Promise<Map<string, FileLife>> => {
  const found = await store.readMany(files.map(({ fileId }) => importFileStream(org, fileId)));
  return new Map(files.map(({ fileId }) => [fileId, foldLife(found.get(importFileStream(org, fileId)) ?? [])]));
};

/** Takes files in: the bytes are durable first, then the event, then the answer. */
export class Acceptor {
  constructor(
    private readonly store: EventStore,
    private readonly blobs: BlobStore,
    private readonly files: FileTable,
    private readonly maxBytes: number,
  ) {}

  /** @throws FileEmpty, FileTooLarge, or what the content throws: then nothing was accepted. */
  async accept(org: OrgId, file: IncomingFile): Promise<Acceptance> {
    const { sha256, bytes } = await this.blobs.put(file.content, { maxBytes: this.maxBytes });
    for (let attempt = (await this.files.latestAttempt(org, sha256)) ?? 1; ; attempt++) {
      const fileId = fileIdOf(sha256, attempt);
      const { actor, correlationId, requestedFormat } = file;
      const row = { org, fileId, sha256, attempt, name: displayName(file.name), bytes, actor, correlationId };
      const created = await this.files.insert({ ...row, ...(requestedFormat && { requestedFormat }) });
      const position = created && (await this.append(created, NO_STREAM));
      if (position !== undefined) {
        await this.files.accepted(org, fileId, position);
        return { fileId, status: 'accepted', duplicate: false, position };
      }
      const isNew = created !== undefined;
      const stored = await this.files.find(org, fileId);
      if (!stored) throw new BlobUnavailable(`The row of file ${fileId} is gone`);
      const life = await this.settle(stored);
      if (!isNew && (life.status === 'rejected' || life.status === 'voided')) continue;
      return { fileId, status: statusOf(stored, life), duplicate: !isNew, position: life.position };
    }
  }

  /** Completes acceptances that a crash interrupted between row and event. */
  async settleAll(): Promise<void> {
    for (const row of await this.files.unsettled()) await this.settle(row);
  }

  /** The event stands and the row knows its position when this returns, whoever wrote it. */
  private async settle(row: FileRow): Promise<FileLife> {
    for (;;) {
      const life = await lifeOf(this.store, row.org, row.fileId);
      if (life.status !== 'unknown') {
        if (row.acceptedPosition === undefined) await this.files.accepted(row.org, row.fileId, life.position);
        return life;
      }
      await this.append(row, life.revision);
    }
  }

  /** @returns the position, or undefined when it lost against another acceptance of the same bytes: the stream has its event. */
  private async append(row: FileRow, expected: number): Promise<bigint | undefined> {
    const { name, sha256, attempt, bytes, requestedFormat, actor, correlationId } = row;
    const [event] = decideImportFile(
      { type: 'AcceptFile', name, sha256, attempt, bytes, ...(requestedFormat && { requestedFormat }) },
      { ...NO_FILE, revision: expected },
    );
    const meta = {
      commandId: `${row.fileId}/accept`,
      actor,
      $correlationId: correlationId,
      schemaVersion: 1,
      source: { fileId: row.fileId },
    };
    const result = await this.store.append({ stream: importFileStream(row.org, row.fileId), expected, events: [{ ...event!, meta }] });
    return result.ok ? result.position : undefined;
  }
}

const statusOf = (row: FileRow, life: FileLife): FileRowStatus => {
  if (life.status === 'unknown') return 'accepted';
  return life.status === 'accepted' && row.status === 'processing' ? 'processing' : life.status;
};
