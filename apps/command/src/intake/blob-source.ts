import type { Source } from '@quadra/formats';
import type { Keyring } from '@quadra/platform/keyring';
import type { Pool } from 'pg';
import { BlobUnavailable } from './errors';

/** What both a pool and a single connection of `pg` can do. */
export type Queryable = Pick<Pool, 'query'>;

export interface BlobRow {
  readonly sha256: string;
  readonly upload: string;
  readonly bytes: number;
  readonly chunkSize: number;
}

/** Names a sealed piece by its place, so that pieces cannot be exchanged or reordered. */
export const chunkName = (upload: string, seq: number): string => `blob/${upload}/${seq}`;

const CHUNKS_PER_QUERY = 4;
/** Pieces kept for reads at an offset: the directory of a zip and the entry that is being read. */
const CACHED_CHUNKS = 8;

export const findBlob = async (db: Queryable, sha256: string): Promise<BlobRow | undefined> => {
  const { rows } = await db.query('select sha256, upload, bytes, chunk_size from command.blob where sha256 = $1', [sha256]);
  const row = rows[0];
  return row && { sha256: row.sha256, upload: row.upload, bytes: Number(row.bytes), chunkSize: row.chunk_size };
};

/** Reads stored bytes from the beginning or from anywhere, opening one sealed piece after the other: memory stays flat. */
export class BlobSource implements Source {
  /** The first failure of the storage. A reader may have taken it for a fault of the file; whoever runs the reader looks here. */
  failure: BlobUnavailable | undefined;
  private readonly cache = new Map<number, Promise<Buffer>>();

  constructor(
    private readonly db: Queryable,
    private readonly keyring: Keyring,
    private readonly blob: BlobRow,
    readonly name: string,
    private readonly onRead: (bytes: number) => void = () => undefined,
  ) {}

  get size(): number {
    return this.blob.bytes;
  }

  async *open(): AsyncGenerator<Uint8Array> {
    const count = Math.ceil(this.blob.bytes / this.blob.chunkSize);
    let next = this.ahead(0);
    for (let seq = 0; seq < count; seq += CHUNKS_PER_QUERY) {
      const chunks = await next;
      next = seq + CHUNKS_PER_QUERY < count ? this.ahead(seq + CHUNKS_PER_QUERY) : next;
      yield* chunks;
    }
  }

  async readAt(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.blob.bytes);
    if (end <= offset) return new Uint8Array(0);
    const first = Math.floor(offset / this.blob.chunkSize);
    const last = Math.floor((end - 1) / this.blob.chunkSize);
    const chunks: Buffer[] = [];
    for (let seq = first; seq <= last; seq++) chunks.push(await this.cached(seq));
    const joined = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const start = first * this.blob.chunkSize;
    return joined.subarray(offset - start, end - start);
  }

  /** The next pieces while the reader works on these. Nobody may ever ask for them, so a failure waits until somebody does. */
  private ahead(from: number): Promise<Buffer[]> {
    const chunks = this.load(from, CHUNKS_PER_QUERY);
    chunks.catch(() => undefined);
    return chunks;
  }

  private cached(seq: number): Promise<Buffer> {
    const known = this.cache.get(seq);
    if (known) return known;
    const chunk = this.load(seq, 1).then((chunks) => chunks[0]!);
    this.cache.set(seq, chunk);
    if (this.cache.size > CACHED_CHUNKS) this.cache.delete(this.cache.keys().next().value!);
    return chunk;
  }

  private async load(from: number, count: number): Promise<Buffer[]> {
    try {
      const chunks = await this.fetch(from, Math.min(count, Math.ceil(this.blob.bytes / this.blob.chunkSize) - from));
      this.onRead(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      return chunks;
    } catch (e) {
      this.failure ??= new BlobUnavailable(`The stored bytes of ${this.blob.sha256} cannot be read: ${(e as Error).message}`, { cause: e });
      throw this.failure;
    }
  }

  private async fetch(from: number, count: number): Promise<Buffer[]> {
    const { rows } = await this.db.query<{ bytes: Buffer }>(
      'select bytes from command.blob_chunk where upload = $1 and seq >= $2 and seq < $3 order by seq',
      [this.blob.upload, from, from + count],
    );
    if (rows.length !== count) throw new Error(`of the pieces ${from} to ${from + count - 1} only ${rows.length} are there`);
    return rows.map((row, i) => this.keyring.open(row.bytes, chunkName(this.blob.upload, from + i)));
  }
}
