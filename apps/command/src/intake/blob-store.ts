import { createHash, randomUUID } from 'node:crypto';
import type { Source } from '@quadra/formats';
import type { Keyring } from '@quadra/platform/keyring';
import type { Pool, PoolClient } from 'pg';
import { BlobSource, chunkName, findBlob } from './blob-source';
import { BlobUnavailable, FileEmpty, FileTooLarge } from './errors';

const CHUNK_BYTES = 256 * 1024;
const CHUNKS_PER_INSERT = 4;
/** An upload that has not moved for so long was left behind by a process that died. */
const ABANDONED_AFTER = '30 minutes';

/** Cuts a stream into pieces of exactly `CHUNK_BYTES` (the last one is what is left). */
async function* pieces(stream: AsyncIterable<Uint8Array>, take: (bytes: Uint8Array) => void): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  for await (const bytes of stream) {
    take(bytes);
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + CHUNK_BYTES - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < CHUNK_BYTES) continue;
      yield piece;
      piece = Buffer.allocUnsafe(CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** Files as they came, encrypted, each content once. An upload becomes a blob in one transaction at its end, or leaves nothing. */
export class BlobStore {
  constructor(
    private readonly pool: Pool,
    private readonly keyring: Keyring,
  ) {}

  /**
   * Stores a stream while it flows, in flat memory. When this returns, the bytes are durable.
   * @throws FileEmpty, FileTooLarge, or what the stream throws; then nothing is kept.
   */
  async put(stream: AsyncIterable<Uint8Array>, { maxBytes }: { maxBytes: number }): Promise<{ sha256: string; bytes: number }> {
    const upload = randomUUID();
    const hash = createHash('sha256');
    let bytes = 0;
    const take = (part: Uint8Array): void => {
      bytes += part.length;
      if (bytes > maxBytes) throw new FileTooLarge(maxBytes);
      hash.update(part);
    };
    try {
      const { inserted, waiting } = await this.write(upload, pieces(stream, take));
      if (inserted + waiting.length === 0) throw new FileEmpty();
      const sha256 = hash.digest('hex');
      const content = { sha256, bytes };
      if (inserted === 0) await this.storeWhole(upload, content, waiting);
      else {
        if (waiting.length > 0) await this.insert(upload, inserted, waiting);
        await this.finish(upload, content);
      }
      return content;
    } catch (e) {
      await this.discard(upload).catch(() => undefined); // what stays behind is swept later
      throw e;
    }
  }

  /** @throws BlobUnavailable when no such content is stored. */
  async source(sha256: string, name: string): Promise<Source> {
    const blob = await findBlob(this.pool, sha256);
    if (!blob) throw new BlobUnavailable(`No bytes are stored for ${sha256}`);
    return new BlobSource(this.pool, this.keyring, blob, name);
  }

  /** Removes what uploads left behind whose process died. @returns how many uploads. */
  async sweep(): Promise<number> {
    const { rowCount } = await this.pool.query(
      `with gone as (delete from command.blob_upload where touched_at < now() - $1::interval returning upload),
            chunks as (delete from command.blob_chunk where upload in (select upload from gone))
       select upload from gone`,
      [ABANDONED_AFTER],
    );
    return rowCount ?? 0;
  }

  /** Stores full groups of chunks as they come; the last group is the caller's to store. */
  private async write(upload: string, chunks: AsyncIterable<Buffer>): Promise<{ inserted: number; waiting: Buffer[] }> {
    let waiting: Buffer[] = [];
    let inserted = 0;
    for await (const chunk of chunks) {
      if (waiting.length === CHUNKS_PER_INSERT) {
        await this.insert(upload, inserted, waiting);
        inserted += waiting.length;
        waiting = [];
      }
      waiting.push(this.keyring.seal(chunk, chunkName(upload, inserted + waiting.length)));
    }
    return { inserted, waiting };
  }

  /** A file of a few chunks, as nearly all are, is there or not there by one statement. */
  private async storeWhole(upload: string, { sha256, bytes }: { sha256: string; bytes: number }, sealed: readonly Buffer[]): Promise<void> {
    const places = sealed.map((_, i) => `($${5 + 2 * i}::int, $${6 + 2 * i}::bytea)`).join(', ');
    await this.pool.query(
      `with blob as (insert into command.blob (sha256, upload, bytes, chunk_size) values ($1, $2::uuid, $3, $4) on conflict (sha256) do nothing returning upload)
       insert into command.blob_chunk (upload, seq, bytes) select blob.upload, c.seq, c.bytes from blob, (values ${places}) as c (seq, bytes)`,
      [sha256, upload, bytes, CHUNK_BYTES, ...sealed.flatMap((chunk, i) => [i, chunk])],
    );
  }

  private async insert(upload: string, from: number, sealed: readonly Buffer[]): Promise<void> {
    const places = sealed.map((_, i) => `($1::uuid, $${2 + 2 * i}::int, $${3 + 2 * i}::bytea)`).join(', ');
    await this.pool.query(
      `with alive as (insert into command.blob_upload (upload) values ($1::uuid) on conflict (upload) do update set touched_at = now())
       insert into command.blob_chunk (upload, seq, bytes) values ${places}`,
      [upload, ...sealed.flatMap((bytes, i) => [from + i, bytes])],
    );
  }

  private async finish(upload: string, content: { sha256: string; bytes: number }): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      await this.claim(client, upload, content);
      await client.query('commit');
    } catch (e) {
      await client.query('rollback').catch(() => undefined);
      throw e;
    } finally {
      client.release();
    }
  }

  /** The row of the upload is the right to its chunks: a sweep that came first leaves nothing to claim. */
  private async claim(client: PoolClient, upload: string, content: { sha256: string; bytes: number }): Promise<void> {
    const claimed = await client.query('delete from command.blob_upload where upload = $1', [upload]);
    if (claimed.rowCount !== 1)
      throw new BlobUnavailable('The upload was given up because it stood still for too long; send the file again');
    const stored = await client.query(
      `insert into command.blob (sha256, upload, bytes, chunk_size) values ($1, $2, $3, $4) on conflict (sha256) do nothing`,
      [content.sha256, upload, content.bytes, CHUNK_BYTES],
    );
    if (stored.rowCount === 0) await client.query('delete from command.blob_chunk where upload = $1', [upload]);
  }

  /** Only while the upload still owns its chunks: a commit whose answer was lost has made them a blob. */
  private async discard(upload: string): Promise<void> {
    await this.pool.query(
      `with gone as (delete from command.blob_upload where upload = $1 returning upload)
       delete from command.blob_chunk where upload in (select upload from gone)`,
      [upload],
    );
  }
}
