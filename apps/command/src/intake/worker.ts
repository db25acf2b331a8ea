import { parentPort, workerData } from 'node:worker_threads';
import type { FileError } from '@quadra/domain';
import type { ReaderContext } from '@quadra/formats';
import { FormatError, readFile } from '@quadra/formats';
import { parseRemittance } from '@quadra/matching';
import type { Keyring } from '@quadra/platform/keyring';
import { keyringFrom } from '@quadra/platform/keyring';
import { Client } from 'pg';
import { BlobSource, findBlob } from './blob-source';
import { PiecePacker } from './piece-packer';
import { storableError } from './prepare';
import type { FromReader, ReadTask, ReaderData, ToReader } from './protocol';
import { PIECES_IN_FLIGHT } from './protocol';

/** The thread that reads files: bytes in, prepared records out. It writes nothing. */
const ALIVE_EVERY_BYTES = 16 * 1024 * 1024;

class FileReader {
  private client: Promise<Client> | undefined;
  private inFlight = 0;
  private onTaken: (() => void) | undefined;

  constructor(
    private readonly data: ReaderData,
    private readonly keyring: Keyring,
    private readonly post: (message: FromReader) => void,
  ) {}

  /** The other side has taken a piece: the next may go. */
  taken(): void {
    this.inFlight--;
    this.onTaken?.();
  }

  async read(tasks: readonly ReadTask[]): Promise<void> {
    this.inFlight = 0;
    for (const task of tasks) if (!(await this.readOne(task))) return;
  }

  /** @returns false when the stored bytes could not be had. */
  private async readOne(task: ReadTask): Promise<boolean> {
    let source: BlobSource;
    try {
      source = await this.source(task);
    } catch (e) {
      return this.unavailable((e as Error).message);
    }
    const error = await this.readSource(task, source);
    // A reader may have taken a failure of the storage for a fault of the file: the source knows better.
    if (source.failure) return this.unavailable(source.failure.message);
    this.post({ type: 'end', ...(error && { error: storableError(error) }) });
    return true;
  }

  private unavailable(message: string): false {
    this.post({ type: 'unavailable', message });
    return false;
  }

  private async readSource(task: ReadTask, source: BlobSource): Promise<FileError | undefined> {
    const packer = new PiecePacker(task, this.keyring, (piece) => this.send(piece));
    const context: ReaderContext = { org: task.org, digest: (text) => this.keyring.digest(text), parseRemittance };
    try {
      for await (const item of readFile(source, context, { ...(task.requestedFormat && { format: task.requestedFormat }) }))
        await packer.add(item);
      return undefined;
    } catch (e) {
      return errorOf(e);
    } finally {
      await packer.flush();
    }
  }

  private async send(piece: FromReader): Promise<void> {
    while (this.inFlight >= PIECES_IN_FLIGHT) await new Promise<void>((go) => (this.onTaken = go));
    this.inFlight++;
    this.post(piece);
  }

  private async source(task: ReadTask): Promise<BlobSource> {
    this.client ??= this.connect();
    const client = await this.client;
    const blob = await findBlob(client, task.sha256);
    if (!blob) throw new Error(`No bytes are stored for ${task.sha256}`);
    let unreported = 0;
    return new BlobSource(client, this.keyring, blob, task.name, (bytes) => {
      unreported += bytes;
      if (unreported < ALIVE_EVERY_BYTES) return;
      unreported = 0;
      this.post({ type: 'alive' });
    });
  }

  private async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.data.databaseUrl, application_name: 'quadra intake' });
    const forget = (): void => void (this.client = undefined);
    client.on('error', forget);
    client.on('end', forget);
    try {
      await client.connect();
      return client;
    } catch (e) {
      forget();
      throw e;
    }
  }
}

const errorOf = (e: unknown): FileError => {
  if (e instanceof FormatError) return { code: e.code, message: e.message, ...(e.line !== undefined && { line: e.line }) };
  return { code: 'READER_FAILED', message: `The reader failed on this file: ${e instanceof Error ? e.message : String(e)}` };
};

const port = parentPort!;
const data = workerData as ReaderData;
const reader = new FileReader(data, keyringFrom(data.keyring), (message) => {
  port.postMessage(message);
});

port.on('message', (message: ToReader) => {
  if (message.type === 'taken') reader.taken();
  else void reader.read(message.tasks);
});
port.postMessage({ type: 'alive' } satisfies FromReader);
