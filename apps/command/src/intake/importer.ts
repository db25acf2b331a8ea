import { isTransient } from './failures';
import type { FileRow } from './file-table';
import type { ImportParts } from './import-one';
import { importFile, rejectFile } from './import-one';
import { OrganizationLocks } from './organization-locks';

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
    private readonly parts: ImportParts,
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
    const files = await this.parts.files.waiting([...this.running.keys(), ...paused], free);
    for (const file of files) if (this.started) this.run(file);
    // A look that began before somebody asked again may have missed a file: only the next one tells that there is none.
    const isIdle = this.running.size === 0 && files.length === 0 && paused.length === 0 && !this.again;
    if (isIdle) this.waiters.splice(0).forEach((go) => go());
  }

  private run(file: FileRow): void {
    const task = this.import(file).finally(() => {
      this.running.delete(file.org);
      this.wake();
    });
    this.running.set(file.org, task);
  }

  private async import(file: FileRow): Promise<void> {
    const { signal } = this.stopping;
    try {
      const mine = await this.locks.alone(file.org, () => importFile(this.parts, file, signal));
      if (!mine) return this.pause(file.org, 0); // another instance is at it
      this.pauses.delete(file.org);
      this.log.info({ org: file.org, fileId: file.fileId }, 'A file has come to its end');
    } catch (e) {
      if (!signal.aborted) await this.failed(file, e);
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
