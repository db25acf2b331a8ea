import { isTransient } from './failures';
import type { FileRow } from './file-table';
import { ImportFailed, importFiles, rejectFile } from './import-files';
import { OrganizationLocks } from './organization-locks';
import type { VoidParts } from './void-files';
import { workOffVoid } from './void-files';
import type { OpenVoid } from './void-table';

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const POLL_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A failure that is no outage is a bug: tried so often, then the file is rejected and the next ones go on. */
const MAX_FAILURES = 3;
/** Files of one organization that are taken in as one piece of work: few statements for many small ones. */
const TOGETHER = { files: 32, bytes: 8 * 1024 * 1024 };

interface Pause {
  readonly until: number;
  readonly failures: number;
}

/**
 * Works off the accepted files: those of one organization one after the other in the order of acceptance, several
 * organizations at a time. What it does is all in the tables and the store, so it can be stopped anywhere and go on later.
 */
export class Importer {
  private readonly running = new Map<string, Promise<void>>();
  private readonly pauses = new Map<string, Pause>();
  private readonly waiters: (() => void)[] = [];
  private stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private pumping: Promise<void> | undefined;
  private again = false;
  private started = false;
  private readonly locks: OrganizationLocks;

  constructor(
    private readonly parts: VoidParts,
    databaseUrl: string,
    private readonly parallel: number,
    private readonly log: Log,
  ) {
    this.locks = new OrganizationLocks(databaseUrl);
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.stopping = new AbortController();
    this.timer = setInterval(() => this.wake(), POLL_MS);
    this.timer.unref();
    this.wake();
  }

  /** Returns when nothing is being imported any more. Files that were under way begin anew at the next start. */
  async stop(): Promise<void> {
    this.started = false;
    clearInterval(this.timer);
    this.stopping.abort(new Error('The importer was stopped'));
    await this.pumping;
    await Promise.all(this.running.values());
    await this.locks.close();
    this.waiters.splice(0).forEach((go) => go());
  }

  /** There may be something to do. */
  wake(): void {
    this.again = true;
    if (this.started) this.pumping ??= this.pump().finally(() => this.pumped());
  }

  /** Resolves when every accepted file has come to its end, or the importer is stopped. */
  async idle(): Promise<void> {
    if (!this.started) return;
    const done = new Promise<void>((go) => this.waiters.push(go));
    this.wake();
    await done;
  }

  private async pump(): Promise<void> {
    while (this.again && this.started) {
      this.again = false;
      try {
        await this.fill();
      } catch (e) {
        this.log.warn({ error: (e as Error).message }, 'The list of accepted files cannot be read; trying again');
      }
    }
  }

  private pumped(): void {
    this.pumping = undefined;
    if (this.again) this.wake(); // asked for between the last look and now
  }

  private async fill(): Promise<void> {
    const now = Date.now();
    const paused = [...this.pauses].filter(([, pause]) => pause.until > now).map(([org]) => org);
    const free = this.parallel - this.running.size;
    if (free <= 0) return;
    const busy = [...this.running.keys(), ...paused];
    const voids = await this.parts.voids.waiting(busy, free);
    const waiting = await this.parts.files.waiting(busy, free, TOGETHER.files);
    for (const open of voids) if (this.started) this.run(open.org, () => this.workOff(open));
    for (const files of waiting) {
      const { org } = files[0]!;
      if (this.started && this.running.size < this.parallel && !this.running.has(org)) this.run(org, () => this.import(together(files)));
    }
    // A look that began before somebody asked again may have missed a file: only the next one tells that there is none.
    const isIdle = this.running.size === 0 && paused.length === 0 && !this.again;
    if (isIdle) this.waiters.splice(0).forEach((go) => go());
  }

  private run(org: string, work: () => Promise<void>): void {
    const task = work().finally(() => {
      this.running.delete(org);
      this.wake();
    });
    this.running.set(org, task);
  }

  /** A void is never given up: until it is worked off, nothing after it is imported for its organization. */
  private async workOff(open: OpenVoid): Promise<void> {
    const { signal } = this.stopping;
    const { org, fileId } = open;
    try {
      const mine = await this.locks.alone(org, () => workOffVoid(this.parts, open, signal));
      if (!mine) return this.pause(org, 0);
      this.pauses.delete(org);
      this.log.info({ org, fileId }, 'A file was taken back');
    } catch (e) {
      if (signal.aborted) return;
      const failures = (this.pauses.get(org)?.failures ?? 0) + 1;
      this.log.warn({ org, fileId, error: e instanceof Error ? e.stack : String(e) }, 'A void was interrupted and begins anew');
      this.pause(org, failures);
    }
  }

  private async import(files: readonly FileRow[]): Promise<void> {
    const { signal } = this.stopping;
    const { org } = files[0]!;
    try {
      const mine = await this.locks.alone(org, () => importFiles(this.parts, files, signal));
      if (!mine) return this.pause(org, 0); // another instance is at it
      this.pauses.delete(org);
      this.log.info({ org, files: files.map((file) => file.fileId) }, 'Files have come to their end');
    } catch (e) {
      if (signal.aborted) return;
      await (e instanceof ImportFailed ? this.failed(e.file, e.cause) : this.failed(files[0]!, e));
    }
  }

  private async failed(file: FileRow, e: unknown): Promise<void> {
    const failures = (this.pauses.get(file.org)?.failures ?? 0) + 1;
    const fields = { org: file.org, fileId: file.fileId, error: e instanceof Error ? e.stack : String(e) };
    if (isTransient(e) || failures < MAX_FAILURES) {
      this.log.warn(fields, 'An import was interrupted and begins anew');
      this.pause(file.org, failures);
      return;
    }
    this.log.error(fields, 'A file cannot be imported');
    const message = `The import failed ${failures} times: ${(e as Error).message}. What was recorded before stands`;
    await rejectFile(this.parts, file, { code: 'IMPORT_FAILED', message: message.slice(0, 500) }).then(
      () => this.pauses.delete(file.org),
      () => this.pause(file.org, failures),
    );
  }

  private pause(org: string, failures: number): void {
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1));
    this.pauses.set(org, { until: Date.now() + ms, failures });
    setTimeout(() => this.wake(), ms + 1).unref();
  }
}

/** The first files that are worth one piece of work: one, or as many as are small enough. */
const together = (files: readonly FileRow[]): FileRow[] => {
  let bytes = 0;
  const upTo = files.findIndex((file) => (bytes += file.bytes) > TOGETHER.bytes);
  return upTo < 0 ? [...files] : files.slice(0, Math.max(1, upTo));
};
