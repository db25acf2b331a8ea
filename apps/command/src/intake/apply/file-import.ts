import type { FileCounts, FileEntry, FileError, FileFormat } from '@quadra/domain';
import type { EventStore } from '@quadra/event-store';
import type { FilePiece, PreparedItem, SealedPersonal } from '../protocol';
import { commit, preload } from './commit';
import type { ImportOrigin } from './context';
import { Works } from './context';
import { FlowIntake } from './flows';
import { JournalIntake } from './journals';
import { addPayment } from './payments';
import type { DocumentState } from './tally';
import { Tally, entriesOf, sumOf } from './tally';

export interface RejectRow {
  readonly entry?: string;
  readonly line: number;
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/** Where an import keeps what does not stand in events. */
export interface ImportTables {
  /** Keeps sealed personal data; the same reference again changes nothing. */
  keepPersonal(org: string, personal: SealedPersonal): Promise<void>;
  keepRejects(rejects: readonly RejectRow[]): Promise<void>;
}

export type ImportResult =
  | { readonly imported: true; readonly format: FileFormat; readonly counts: FileCounts; readonly entries?: readonly FileEntry[] }
  | { readonly imported: false; readonly error: FileError; readonly format?: FileFormat };

/** Pieces whose appends may be under way together: the next one is decided while the store writes. */
const COMMITS_IN_FLIGHT = 2;

const UNREAD: FileError = { code: 'NOTHING_READ', message: 'The file holds no document that can be read' };

/** One file while it is taken in: turns its pieces into appends and keeps the count of every record. */
export class FileImport {
  private readonly documents: DocumentState[] = [];
  private readonly flows: FlowIntake;
  private readonly journals: JournalIntake;
  private readonly underway = new Set<Promise<void>>();
  private failure: Error | undefined;
  /** The last piece was mostly known already (a file sent again): read first, then decide. */
  private mostlyKnown = false;

  constructor(
    private readonly store: EventStore,
    private readonly tables: ImportTables,
    private readonly origin: ImportOrigin,
  ) {
    this.flows = new FlowIntake(origin);
    this.journals = new JournalIntake(origin);
  }

  /**
   * Takes a piece in. Returns when the next one may come; `settled` tells when all of them stand.
   * @throws what an earlier or this piece failed with: the import then starts over from the beginning of the file.
   */
  async apply(piece: Omit<FilePiece, 'type'>): Promise<void> {
    const ordered = piece.items.some(goesOn);
    while (this.underway.size >= (ordered ? 1 : COMMITS_IN_FLIGHT)) await Promise.race(this.underway);
    if (this.failure) throw this.failure;
    const task = this.take(piece).catch((e: unknown) => {
      this.failure ??= e instanceof Error ? e : new Error(String(e));
    });
    const tracked = task.finally(() => this.underway.delete(tracked));
    this.underway.add(tracked);
    if (ordered) await this.settled();
  }

  /** @throws what any piece failed with. */
  async settled(): Promise<void> {
    await Promise.all(this.underway);
    if (this.failure) throw this.failure;
  }

  /** Records read and judged so far. */
  progress(): FileCounts {
    return sumOf(this.documents).counts();
  }

  /** What has become of the file. `error`: what stopped its reader before the end. */
  result(error?: FileError): ImportResult {
    const readable = this.documents.filter((d) => !d.error && d.format !== 'unknown');
    const zipped = this.documents.some((d) => d.entry !== undefined);
    const format = zipped ? 'zip' : this.documents.map((d) => d.format).find((f): f is FileFormat => f !== 'unknown');
    if (readable.length === 0 || !format) {
      return { imported: false, error: error ?? this.firstError() ?? UNREAD, ...(format && { format }) };
    }
    if (error) this.open({ kind: 'document', entry: error.entry ?? '', format: 'unknown' }).error = error;
    return { imported: true, format, counts: this.progress(), ...(zipped || error ? { entries: entriesOf(this.documents) } : {}) };
  }

  private firstError(): FileError | undefined {
    const failed = this.documents.find((d) => d.error);
    return failed?.error && (failed.entry === undefined ? failed.error : { entry: failed.entry, ...failed.error });
  }

  private async take(piece: Omit<FilePiece, 'type'>): Promise<void> {
    const works = new Works(this.origin.fileId);
    const rejects: RejectRow[] = [];
    for (const item of piece.items) this.sort(works, rejects, item);
    this.flows.flush(works);
    const countRows = this.journals.flush(works);
    const all = works.all();
    if (piece.personal) await this.tables.keepPersonal(this.origin.org, piece.personal);
    if (rejects.length > 0) await this.tables.keepRejects(rejects);
    const fresh = this.mostlyKnown
      ? await preload(
          this.store,
          all.filter((work) => work.unread),
        )
      : 0;
    const { conflicts } = await commit(this.store, all);
    this.mostlyKnown = 2 * (conflicts + fresh) > all.length;
    countRows();
  }

  private sort(works: Works, rejects: RejectRow[], item: PreparedItem): void {
    switch (item.kind) {
      case 'document':
        this.open(item);
        return;
      case 'document-failed':
        this.current().error = item.error;
        return;
      case 'receipt':
      case 'notice':
        return addPayment(works, this.origin, this.current(), item);
      case 'flow':
      case 'flow-lines':
      case 'flow-end':
        return this.flows.add(this.current(), item);
      case 'journal':
      case 'journal-row':
      case 'journal-end':
        return this.journals.add(works, this.current(), item);
      case 'ignored':
        return this.current().tally.add('ignored', item.rows ?? 1);
      case 'reject':
        this.current().tally.add('rejected', item.rows ?? 1);
        rejects.push(rejectRow(this.current(), item));
    }
  }

  private open({ entry, format }: Extract<PreparedItem, { kind: 'document' }>): DocumentState {
    const document: DocumentState = { index: this.documents.length, format, tally: new Tally(), ...(entry !== undefined && { entry }) };
    this.documents.push(document);
    return document;
  }

  private current(): DocumentState {
    return this.documents.at(-1) ?? this.open({ kind: 'document', format: 'unknown' });
  }
}

/** Flows and journals run on from piece to piece, each append on the one before. */
const goesOn = ({ kind }: PreparedItem): boolean => kind.startsWith('flow') || kind.startsWith('journal');

const rejectRow = ({ entry }: DocumentState, { line, field, code, message }: Extract<PreparedItem, { kind: 'reject' }>): RejectRow => ({
  line,
  field,
  code,
  message,
  ...(entry !== undefined && { entry }),
});
