import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BlobUnavailable, ReaderCrashed } from './errors';
import type { FileEnd, FilePiece, FromReader, PreparedItem, ReadTask, ReaderData, ToReader } from './protocol';

/** Threads run compiled code. From the sources (under the test runner) that is what the last build left in `dist`. */
const compiledWorker = (): string => {
  const beside = join(__dirname, 'worker.js');
  const built = existsSync(beside) ? beside : resolve(__dirname, '../../../../dist/apps/command/src/intake/worker.js');
  if (!existsSync(built)) throw new Error('The reader thread is not compiled: run npm run build');
  return built;
};

export interface ReaderPoolOptions {
  readonly data: ReaderData;
  /** Memory that one file may make a reader use; beyond it the reader is ended. */
  readonly memoryMb?: number;
  /** A reader that owes a piece and says nothing for so long is ended. */
  readonly silenceMs?: number;
  readonly workerPath?: string;
}

const STARTUP_MS = 120_000;

/** One thread and what it has said. */
class Reader {
  private readonly worker: Worker;
  private readonly inbox: FromReader[] = [];
  private loaded = false;
  private ended: string | undefined;
  private wake: (() => void) | undefined;

  constructor(path: string, options: ReaderPoolOptions) {
    this.worker = new Worker(path, {
      workerData: options.data,
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb ?? 512 },
      execArgv: [],
    });
    this.worker.on('message', (message: FromReader) => this.receive(() => this.inbox.push(message)));
    this.worker.on('error', (error) => this.receive(() => (this.ended ??= error.message)));
    this.worker.on('exit', (code) => this.receive(() => (this.ended ??= `it ended by itself (code ${code})`)));
  }

  /** Its code is loaded: only then does its silence mean anything. */
  async ready(signal: AbortSignal): Promise<void> {
    while (!this.loaded) this.loaded = (await this.hear(STARTUP_MS, signal)).type === 'alive';
  }

  tell(message: ToReader): void {
    this.worker.postMessage(message);
  }

  /**
   * The next message. Time counts only while somebody waits for it.
   * @throws ReaderCrashed when the thread ended, or said nothing for `silenceMs`; what the signal was aborted with.
   */
  async hear(silenceMs: number, signal: AbortSignal): Promise<FromReader> {
    const until = Date.now() + silenceMs;
    for (;;) {
      signal.throwIfAborted();
      const message = this.inbox.shift();
      if (message) return message;
      if (this.ended !== undefined) throw new ReaderCrashed(this.ended);
      if (Date.now() >= until) throw new ReaderCrashed(`it was silent for ${Math.round(silenceMs / 1000)} s`);
      await this.something(until - Date.now(), signal);
    }
  }

  get alive(): boolean {
    return this.ended === undefined;
  }

  async end(): Promise<void> {
    this.ended ??= 'it was stopped';
    await this.worker.terminate();
  }

  private receive(note: () => void): void {
    note();
    this.wake?.();
  }

  private async something(ms: number, signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let wake = (): void => undefined;
    await new Promise<void>((go) => {
      this.wake = wake = () => go();
      timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
    });
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    this.wake = undefined;
  }
}

/** Reads files in threads, one file a thread, and keeps threads for the next file. */
export class ReaderPool {
  private readonly idle: Reader[] = [];
  private readonly path: string;

  constructor(private readonly options: ReaderPoolOptions) {
    this.path = options.workerPath ?? compiledWorker();
  }

  /**
   * What files hold, one after the other: the pieces of each in order, then its end. Taking the next one says that the last one
   * was taken in; a reader is a few pieces ahead, also over the end of a file.
   * @throws ReaderCrashed, BlobUnavailable (both of the file whose end has not come), what the signal was aborted with.
   */
  async *read(tasks: readonly ReadTask[], signal: AbortSignal): AsyncGenerator<FilePiece | FileEnd> {
    const reader = this.take();
    let ends = 0;
    try {
      await reader.ready(signal);
      reader.tell({ type: 'read', tasks });
      while (ends < tasks.length) {
        const message = await reader.hear(this.options.silenceMs ?? 120_000, signal);
        if (message.type === 'alive') continue;
        if (message.type === 'piece') {
          yield pieceOf(message);
          reader.tell({ type: 'taken' });
          continue;
        }
        if (message.type === 'unavailable') {
          ends = tasks.length; // it says nothing more, and can be used again
          throw new BlobUnavailable(message.message);
        }
        ends++;
        yield message;
      }
    } finally {
      await this.giveBack(reader, ends === tasks.length);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((reader) => reader.end()));
  }

  private take(): Reader {
    for (let reader = this.idle.pop(); reader; reader = this.idle.pop()) if (reader.alive) return reader;
    return new Reader(this.path, this.options);
  }

  private async giveBack(reader: Reader, reusable: boolean): Promise<void> {
    if (reusable && reader.alive) this.idle.push(reader);
    else await reader.end();
  }
}

const pieceOf = ({ items, personal }: Extract<FromReader, { type: 'piece' }>): FilePiece => ({
  type: 'piece',
  items: JSON.parse(items) as PreparedItem[],
  ...(personal && { personal }),
});
