import type { FileVoided } from '@quadra/domain';
import { decideVoid, importFileStream } from '@quadra/domain';
import type { EventStore } from '@quadra/event-store';
import type { Rejection } from '@quadra/kernel';
import { isRejection } from '@quadra/kernel';
import { lifeOf } from './accept';
import type { FileTable } from './file-table';
import type { OpenVoid, VoidTable } from './void-table';

export interface VoidAcceptance {
  readonly fileId: string;
  /** The file was taken back before. */
  readonly duplicate: boolean;
  /** Of the last event of the file: what a reader waits for. */
  readonly position: bigint;
}

export type VoidRefusal = Rejection<'FILE_UNKNOWN' | 'FILE_BEING_IMPORTED'>;

/** Takes files back: the event stands before the answer, and what follows from it is worked off by the importer. */
export class Voider {
  constructor(
    private readonly store: EventStore,
    private readonly files: FileTable,
    private readonly voids: VoidTable,
  ) {}

  async request(wanted: OpenVoid): Promise<VoidAcceptance | VoidRefusal> {
    const { org, fileId } = wanted;
    for (;;) {
      const life = await lifeOf(this.store, org, fileId);
      const outcome = decideVoid(wanted.reason, life);
      if (isRejection(outcome)) return outcome;
      const [event] = outcome;
      if (event || !life.settled) await this.voids.announce(wanted);
      const position = event ? await this.append(wanted, life.revision, event) : life.position;
      if (position === undefined) continue; // the stream moved on: decided anew
      if (event || !life.settled) await this.recorded(wanted, position);
      return { fileId, duplicate: event === undefined, position };
    }
  }

  /** Completes what a crash interrupted between row and event: an event that stands is worked off, a void that was never said is forgotten. */
  async settleAll(): Promise<void> {
    for (const row of await this.voids.unsettled()) {
      const life = await lifeOf(this.store, row.org, row.fileId);
      if (life.status === 'voided') await this.recorded(row, life.position);
      else await this.voids.forget(row.org, row.fileId);
    }
  }

  private async recorded({ org, fileId }: OpenVoid, position: bigint): Promise<void> {
    await this.files.ended(org, [{ fileId, status: 'voided', zipped: false }]);
    await this.voids.recorded(org, fileId, position);
  }

  private async append({ org, fileId, actor, correlationId }: OpenVoid, expected: number, event: FileVoided): Promise<bigint | undefined> {
    const meta = { commandId: `${fileId}/void`, actor, $correlationId: correlationId, schemaVersion: 1, source: { fileId } };
    const result = await this.store.append({ stream: importFileStream(org, fileId), expected, events: [{ ...event, meta }] });
    return result.ok ? result.position : undefined;
  }
}
